"""Tests every route for every kind of caller. The routes come from the project, so a new one is tested or fails
here."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from posture.accounts.tokens import create_token
from posture.definitions.readers import Concern, Reader
from posture.explorer.saved_queries import add_cut, save_view
from posture.models import Release, ReleasedCut, SavedView
from posture.releases.lifecycle import compute_release, publish_release, request_release
from posture.stored_definitions import catalogue
from posture.web.routes import Route, routes
from surveys.fieldwork import invitations
from surveys.models import ImportRun, Invitation, Job, Organization, Response, Wave
from surveys.people.share_links import make_share_link
from surveys.tenancy.organization_scope import across_organizations, present_scope
from surveys.web.access import POLICIES, member
from tests.support.builders import (
    NOW,
    admit,
    chose,
    make_import_run,
    make_organization,
    make_response,
    make_user,
    make_wave,
    percent,
)
from tests.support.module_content import module_content
from tests.support.response_comparison import content_without_random_values

# On SQLite only: tests/access requests the same routes on both databases.
pytestmark = [pytest.mark.django_db]

CALLERS = (
    "anonymous",
    "respondent",
    "other respondent",
    "viewer",
    "coordinator",
    "owner",
    "pending member",
    "suspended member",
    "suspended person",
    "other member",
    "analyst",
    "admin",
    "token",
    "broken token",
)
OF_ACME = ("viewer", "coordinator", "owner")
SIGNED_IN = (*OF_ACME, "pending member", "suspended member", "other member", "analyst", "admin")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass
class World:
    """Acme and its neighbour Initech in an open and in a closed wave, each with its people."""

    open_wave: Wave
    closed_wave: Wave
    published: Release
    draft: Release
    invitation: Invitation
    link: str
    responses: dict[str, str]
    view: SavedView
    cut: ReleasedCut
    users: dict[str, Any]
    token: str

    def client(self, caller: str) -> Client:
        client = Client()
        if caller in self.users:
            client.force_login(self.users[caller])
        if caller.endswith("respondent"):
            admit(client, Response.objects.get(public_id=self.responses[caller]))
        if caller == "token":
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        if caller == "broken token":
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.token[:-1]}x"
        return client

    def address(self, route: Route) -> str:
        """Returns the address of the route with the parameters of Acme."""
        values = self.parameters(route.pattern)
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), route.pattern)

    def shared_report(self) -> dict[str, Any]:
        """Makes a share link, which the transaction of the request rolls back."""
        owner, at = self.users["owner"], timezone.now()
        link, token = make_share_link(
            Organization.objects.get(slug="acme"),
            wave=self.closed_wave,
            label="A reader",
            expires_at=at + timedelta(days=30),
            by=owner,
            at=at,
        )
        return {"pk": link.pk, "token": token}

    def parameters(self, pattern: str) -> dict[str, Any]:
        if "/people/" in pattern:
            member = self.users["viewer"]
            with across_organizations():
                membership = member.memberships.get()
            return {"slug": "acme", "pk": member.pk if "studio" in pattern else membership.pk}
        if "/shared/" in pattern:
            return {"slug": "acme", **self.shared_report()}
        if pattern.startswith("/organizations/"):
            return {"slug": "acme", "wave": self.closed_wave.slug}
        if pattern.startswith("/studio/explorer/"):
            return {"slug": "small"}
        if pattern.startswith(("/studio/views/", "/studio/cuts/")):
            return {"pk": self.view.pk if "views" in pattern else self.cut.pk}
        if pattern.startswith("/studio/imports/"):
            return {"pk": (ImportRun.objects.first() or make_import_run()).pk}
        if pattern.startswith("/studio/jobs/"):
            return {"pk": Job.objects.values_list("pk", flat=True)[0]}
        if pattern.startswith("/studio/waves/"):
            return {"slug": self.open_wave.slug, "wave": self.open_wave.slug, "pk": self.invitation.pk}
        if pattern.startswith("/account/"):
            return {"uidb36": "1", "key": "set-password", "pk": 1}
        if pattern.startswith("/targets/"):
            return {"code": "demonstration"}
        if pattern.startswith("/frameworks/"):
            return {"code": "nist-csf-2.0"}
        if "/readers/" in pattern:
            return {"slug": self.published.slug, "code": READER.code}
        option = self.published.estimates.exclude(option="")[0]
        number = self.published.estimates.filter(option="")[0] if "<str:option>" not in pattern else option
        return {
            "cohort": number.cohort,
            "kind": number.subject_kind,
            "subject": number.subject,
            "statistic": number.statistic,
            "option": number.option,
            "slug": self.draft.slug if pattern.startswith("/studio/") else self.published.slug,
            "token": self.link,
            "public_id": self.responses["respondent"],
            "code": "agents" if pattern.startswith("/respond/") else "GRV1-INC-88",
            "key": "small-1",
            "item": "I-C",
        }


def published(wave: Wave, analyst: Any) -> Release:
    release = draft(wave, analyst)
    publish_release(release, by=analyst, at=NOW)
    return Release.objects.get(pk=release.pk)


def draft(wave: Wave, analyst: Any) -> Release:
    release = request_release(wave.pk, by=analyst, at=NOW)
    compute_release(release.pk, at=NOW)
    return Release.objects.get(pk=release.pk)


def people(acme: Organization, initech: Organization) -> dict[str, Any]:
    found = {role: make_user(role, organization=acme, role=role) for role in OF_ACME}
    for status in ("pending", "suspended"):
        found[f"{status} member"] = make_user(status, organization=acme, role="owner", status=status)
    found["suspended person"] = make_user("left", organization=acme, role="owner", is_active=False)
    found["other member"] = make_user("other", organization=initech, role="owner")
    found["admin"] = make_user("admin", is_superuser=True)
    return found


READER = Reader(
    code="boards",
    title="Boards",
    question="Is it so?",
    framing="A framing.",
    concerns=(Concern(pair="A-P", why="It concerns them."),),
)


@pytest.fixture(autouse=True)
def _readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the small questionnaire a group of readers, so that their pages exist."""
    monkeypatch.setattr(catalogue, "readers_of", lambda _: (READER,))


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The world, built once and rolled back at the end."""
    with module_content(django_db_blocker):
        yield make_world()


def make_world() -> World:
    call_command("load_definitions", verbosity=0)
    closed_wave, open_wave = make_wave(slug="closed", is_open=False), make_wave(slug="open")
    acme, initech = make_organization("acme"), make_organization("initech")
    for organization in (acme, initech):
        make_response(closed_wave, organization, "executive", {"A-C": percent(80)}, submit=True)
    mine = make_response(open_wave, acme, "executive", {"I-C": chose("yes")})
    other = make_response(open_wave, initech, "executive", {"I-C": chose("no")})
    invitation, link = invitations.invite(
        acme, wave=open_wave, role="engineer", address="engineer@acme.example", at=NOW
    )
    analyst = make_user("analyst", is_staff=True)
    _, token = create_token(analyst, name="test", expires_at=NOW + timedelta(days=1), at=NOW)
    return World(
        open_wave=open_wave,
        closed_wave=closed_wave,
        published=published(closed_wave, analyst),
        draft=draft(closed_wave, analyst),
        invitation=invitation,
        link=link,
        responses={"respondent": str(mine.public_id), "other respondent": str(other.public_id)},
        view=save_view("small", name="A view", address="by=sector", by=analyst, at=NOW),
        cut=add_cut(closed_wave.pk, breaks=("sector", "region"), by=analyst, at=NOW),
        users=people(acme, initech) | {"analyst": analyst},
        token=token,
    )


MADE_ON_REQUEST = {"posture:report-pdf", "posture:report-pptx", "posture:report-xlsx"}


def expected(route: Route, caller: str) -> set[int]:
    """Returns the statuses that the declared policy promises; 2xx, 3xx and 422 all mean that the view itself
    answered."""
    answered = {200, 302, 409, 411, 415, 422} | ({202} if route.name in MADE_ON_REQUEST else set())
    if route.pattern.startswith(("/setup/", "/welcome/")):
        # There is an admin, and the link is one of a questionnaire: tests/posture/accounts tests the others.
        return {404, 410}
    if route.pattern.startswith("/account/"):
        return expected_of_the_own_account(route, caller)
    match route.access:
        case "public":
            return answered | ({204} if route.name == "csp-report" else set())
        case "respondent":
            return answered if caller == "respondent" else {404}
        case "token":
            return {200} if caller == "token" else {401}
        case "analyst":
            return answered if caller == "analyst" else signed_out_or_absent(caller)
        case "admin":
            return answered if caller == "admin" else signed_out_or_absent(caller)
        case "signed_in":
            return answered if caller in SIGNED_IN else {302}
        case "member":
            enough = OF_ACME[OF_ACME.index(route.role) :]
            return answered if caller in enough else signed_out_or_absent(caller)
    raise AssertionError(f"{route.pattern} has no policy")


def expected_of_the_own_account(route: Route, caller: str) -> set[int]:
    """These pages show the caller's own data. 404: no such passkey or link; 403: the caller has nothing to confirm
    with."""
    if route.access == "public":
        return {200, 302, 404}
    return {200, 302, 403, 404} if caller in SIGNED_IN else {302}


def signed_out_or_absent(caller: str) -> set[int]:
    return {404} if caller in SIGNED_IN else {302}


def answers(
    world: World, caller: str, method: str, candidates: Iterable[Route]
) -> Iterator[tuple[Route, int]]:
    """Requests each route in a transaction that is rolled back, with the same cookies each time."""
    client = world.client(caller)
    cookies = client.cookies.output(header="", sep=";")
    for route in candidates:
        with transaction.atomic():
            client.cookies = SimpleCookie(cookies)
            query = f"?release={world.published.slug}" if route.access == "token" else ""
            with_address: Callable[..., Any] = getattr(client, method.lower())
            yield route, with_address(world.address(route) + query).status_code
            transaction.set_rollback(True)


@pytest.mark.parametrize("caller", CALLERS)
def test_every_route_keeps_its_policy(world: World, caller: str) -> None:
    for method in ("GET", "POST", "PUT"):
        declared = [route for route in routes() if method in route.methods]
        wrong = {
            (method, route.pattern): status
            for route, status in answers(world, caller, method, declared)
            if status not in expected(route, caller)
        }
        assert wrong == {}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_is_not_declared_is_refused(world: World, method: str) -> None:
    """The method is refused to permitted callers as well; HEAD is allowed where GET is."""
    welcome = {"public": "anonymous", "signed_in": "viewer", "member": "owner"}
    for access, caller in (welcome | {name: name for name in POLICIES if name not in welcome}).items():
        permitted = [route for route in routes() if route.access == access]
        for route, status in answers(world, caller, method, permitted):
            is_declared = ("GET" if method == "HEAD" else method) in route.methods
            assert (status != 405) is is_declared, (method, route.pattern, status)


def test_every_route_has_a_policy() -> None:
    assert {route.access for route in routes()} <= set(POLICIES)


def test_who_may_too_little_is_told_as_little_as_who_may_nothing(world: World) -> None:
    @member("GET", role="coordinator")
    def page(request: Any, slug: str) -> HttpResponse:
        return HttpResponse(f"{request.organization.slug} {request.membership.role} {present_scope()}")

    def asked(caller: str) -> bytes | None:
        request = RequestFactory().get("/")
        request.user = world.users[caller]
        try:
            return page(request, "acme").content
        except Http404:
            return None

    of_acme = Organization.objects.get(slug="acme").pk
    assert asked("owner") == f"acme owner {of_acme}".encode()
    assert asked("coordinator") == f"acme coordinator {of_acme}".encode()
    for caller in SIGNED_IN:
        assert caller in ("owner", "coordinator") or asked(caller) is None, caller


def test_what_is_foreign_looks_like_what_does_not_exist(world: World) -> None:
    client = world.client("other member")
    foreign = client.get(f"/organizations/acme/waves/{world.closed_wave.slug}/")
    absent = client.get(f"/organizations/nobody/waves/{world.closed_wave.slug}/")
    assert foreign.status_code == absent.status_code == 404
    assert content_without_random_values(foreign) == content_without_random_values(absent)


def test_a_draft_is_for_analysts_only(world: World) -> None:
    for caller in CALLERS:
        status = world.client(caller).get(f"/releases/{world.draft.slug}/").status_code
        assert status == (200 if caller == "analyst" else 404), caller


def test_get_changes_nothing(world: World) -> None:
    """Mail scanners, prefetching browsers and crawlers follow links."""

    def rows() -> list[Any]:
        return [list(model.objects.values()) for model in (Invitation, Release, Wave)]

    before = rows()
    for caller in ("anonymous", "respondent", "analyst"):
        for route in routes():
            if "GET" in route.methods and route.access != "token":
                world.client(caller).get(world.address(route))
    assert rows() == before
