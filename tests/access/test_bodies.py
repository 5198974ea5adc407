"""T03 and T28: a body that names rows of another organisation, or fields that no form offers, has no forbidden
effect."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from posture.urls import urlpatterns
from posture.web.routes import Route, routes
from surveys.models import Membership, Organization
from surveys.tenancy.organization_scope import across_organizations
from surveys.web.access import signed_in
from tests.access.bodies import body_of, send
from tests.access.effects import RANDOM_VALUES, Rows, difference, highest_keys, project_models, rows
from tests.access.test_matrix import comparable_response
from tests.access.world import ABSENT, ABSENT_ROW, OrganizationIds, World, rolled_back

# Not on PostgreSQL, where a rollback does not give back the numbers of rows.
pytestmark = [pytest.mark.django_db, pytest.mark.long]

WRITERS = {
    "public": ("anonymous",),
    "respondent": ("respondent",),
    "signed_in": ("owner", "viewer"),
    "member": ("owner",),
    "analyst": ("analyst",),
    "admin": ("admin",),
}
WITHOUT_ACCESS_TO_OTHERS = ("respondent", "owner", "viewer", "anonymous")
TYPICAL_FIELDS = {
    "organization": "1", "tenant": "1", "is_staff": "on", "is_superuser": "on", "is_active": "", "role": "owner",
    "status": "active", "version": "99", "score": "99", "submitted_at": "2001-01-01T00:00", "id": "1", "pk": "1",
}  # fmt: skip
FORM = re.compile(rb"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
NAME = re.compile(rb'\bname="([^"]+)"')
PICTURE_OR_CHALLENGE = re.compile(r'base64,[^"]*|"challenge": "[^"]*"')
ACTION = re.compile(rb'\baction="([^"]*)"')


def write_routes(candidates: list[Route]) -> Iterator[tuple[Route, str]]:
    for route in candidates:
        for method in ("POST", "PUT"):
            if method in route.methods:
                yield route, method


def unoffered_fields(offered_names: set[str]) -> dict[str, str]:
    """Returns a value for each model field that no form offers."""
    values = dict(TYPICAL_FIELDS)
    for model in project_models():
        for column in model._meta.concrete_fields:
            values.setdefault(column.name, _other(column))
            values.setdefault(column.attname, _other(column))
    return {name: value for name, value in values.items() if name not in offered_names}


def _other(column: models.Field) -> str:
    if column.choices:
        return str(list(column.choices)[-1][0])
    if isinstance(column, models.BooleanField):
        return "on"
    if isinstance(column, models.DateTimeField):
        return "2001-01-01T00:00"
    return "1" if column.is_relation or isinstance(column, models.IntegerField) else "planted"


def offered_by_pages(world: World, client: Client, side: OrganizationIds) -> dict[str, set[str]]:
    """Returns the field names of each form that this caller is shown, by the address that the form is sent to."""
    names_by_address: dict[str, set[str]] = {}
    for route in routes():
        if "GET" in route.methods and "token" not in (route.access,):
            address = world.address(route, side)
            with rolled_back():
                response = client.get(address)
            for attributes, form_content in FORM.findall(b"" if response.streaming else response.content):
                action = ACTION.search(attributes)
                target = (action[1].decode() if action else "") or address
                names = {name.decode() for name in NAME.findall(form_content)}
                names_by_address.setdefault(target.partition("?")[0], set()).update(names)
    return names_by_address


class Trial:
    """Tries requests one after the other, each from the same state."""

    def __init__(self, client: Client) -> None:
        self.client, self.highest_keys = client, highest_keys()
        self.rows_before = rows(self.highest_keys)

    def effect(self, method: str, address: str, route: Route, body: dict[str, Any]) -> "Effect":
        cookies = self.client.cookies
        self.client.cookies = SimpleCookie({name: cookie.value for name, cookie in cookies.items()})
        with rolled_back():
            response = send(self.client, method, address, route, body)
            removed, added = difference(self.rows_before, rows(self.highest_keys))
        self.client.cookies = cookies
        return Effect(response, removed, added)


@dataclass
class Effect:
    response: Any
    removed: Rows
    added: Rows

    @property
    def is_none(self) -> bool:
        return not self.removed and not self.added

    def is_same_as(self, other: "Effect") -> bool:
        return (self.removed, self.added) == (other.removed, other.added)

    def __str__(self) -> str:
        return f"{self.response.status_code} {dict(self.removed)} became {dict(self.added)}"


def test_fields_that_no_form_offers_change_nothing(world: World) -> None:
    requests, failures = send_unoffered_fields(world, routes())
    print(
        f"\n{requests} writes with {len(unoffered_fields(set()))} fields of models beside their own",
        flush=True,
    )
    assert failures == [], "\n".join(failures)


def send_unoffered_fields(world: World, candidates: list[Route]) -> tuple[int, list[str]]:
    side, requests, failures = world.sides[0], 0, []
    offered_to: dict[str, dict[str, set[str]]] = {}
    for route, method in write_routes(candidates):
        for principal in WRITERS.get(route.access or "", ()):
            with rolled_back():
                client = world.client(principal, side)
                if principal not in offered_to:
                    offered_to[principal] = offered_by_pages(world, client, side)
                address, body = world.address(route, side), body_of(route, world, side)
                offered = offered_to[principal].get(address, set()) | set(body)
                trial = Trial(client)
                expected_effect = trial.effect(method, address, route, body)
                effect = trial.effect(method, address, route, unoffered_fields(offered) | body)
                requests += 1
                if not effect.is_same_as(expected_effect) and not effect.is_none:
                    failures.append(
                        f"{principal} {method} {route.pattern}: {effect} instead of {expected_effect}"
                    )
    return requests, failures


def test_ids_of_another_organisation_have_no_effect(world: World) -> None:
    requests, failures = name_foreign_rows(world, routes())
    print(f"\n{requests} bodies with another's ids against absent ones", flush=True)
    assert failures == [], "\n".join(failures)


def relation_names() -> set[str]:
    """Returns the names that a field would have which refers to a row of an organisation."""
    names = {"id", "pk", "slug", "public_id", "address"}
    for model in project_models():
        if model._meta.app_label == "surveys":
            names.add(str(model._meta.model_name))
        for column in model._meta.concrete_fields:
            if column.is_relation:
                names |= {column.name, column.attname}
    return names


def forms_of(foreign_id: str, own_id: str) -> tuple[Any, ...]:
    """Returns the id in four forms: alone, in a list with the caller's own id, as a text, and without dashes."""
    return foreign_id, [own_id, foreign_id], f'"{foreign_id}"', foreign_id.replace("-", "")


def bodies_naming(target: OrganizationIds, caller: OrganizationIds | None) -> list[dict[str, Any]]:
    """Returns bodies with every relation that a body could name, once in each form. With `own` None they name absent
    rows."""
    bodies = []
    for form in range(4):
        body = {}
        for name in relation_names():
            kind = name if name in ("public_id", "slug") else "number"
            foreign_id = (
                {"number": str(target.number), **target.ids}[kind]
                if caller
                else {"number": str(ABSENT_ROW), **ABSENT}[kind]
            )
            own_id = {"number": str((caller or target).number), **(caller or target).ids}[kind]
            body[name] = forms_of(foreign_id, own_id)[form]
        bodies.append(body)
    return bodies


def name_foreign_rows(world: World, candidates: list[Route]) -> tuple[int, list[str]]:
    caller, target = world.sides
    requests, failures = 0, []
    ids = [
        target.ids["public_id"],
        target.slug,
        str(target.number),
        ABSENT["public_id"],
        ABSENT["slug"],
        str(ABSENT_ROW),
    ]
    for route, method in write_routes(candidates):
        for principal in WRITERS.get(route.access or "", ()):
            if principal not in WITHOUT_ACCESS_TO_OTHERS:
                continue
            with rolled_back():
                trial, body = Trial(world.client(principal, caller)), body_of(route, world, caller)
                address = world.address(route, caller)
                for foreign_body, absent_body in zip(
                    bodies_naming(target, caller), bodies_naming(caller, None), strict=True
                ):
                    foreign_effect = trial.effect(method, address, route, foreign_body | body)
                    absent_effect = trial.effect(method, address, route, absent_body | body)
                    requests += 1
                    is_same = comparable_content(foreign_effect.response, ids) == comparable_content(
                        absent_effect.response, ids
                    )
                    if not is_same:
                        # A page with newly drawn content differs from itself as well.
                        repeated_effect = trial.effect(method, address, route, absent_body | body)
                        is_same = comparable_content(repeated_effect.response, ids) != comparable_content(
                            absent_effect.response, ids
                        )
                    if not is_same or not foreign_effect.is_same_as(absent_effect):
                        failures.append(
                            f"{principal} {method} {route.pattern}: {foreign_effect}, for an absent id {absent_effect}"
                        )
    return requests, failures


def comparable_content(response: Any, ids: list[str]) -> tuple[int, str]:
    """Returns the content of a response without ids, typed text and newly drawn content."""
    status, body, headers = comparable_response(response, ids)
    text = f"{headers.get('Location', '')}\n{body.decode('utf-8', 'replace')}"
    return status, RANDOM_VALUES.sub(
        "drawn", PICTURE_OR_CHALLENGE.sub("", re.sub(r'value="[^"]*"', "", text))
    )


@signed_in("POST")
def accepts_any_role(request: HttpRequest) -> HttpResponse:
    with across_organizations():
        Membership.objects.filter(user_id=request.user.pk).update(role=request.POST.get("role", "viewer"))
    return HttpResponse("done")


@signed_in("POST")
def accepts_any_organization(request: HttpRequest) -> HttpResponse:
    organization_id = request.POST.get("organization", "")
    with across_organizations():
        updated = Organization.objects.filter(
            pk=int(organization_id) if organization_id.isdigit() else 0
        ).update(region="europe")
    return HttpResponse("done" if updated else "no such organisation")


@pytest.mark.parametrize(
    ("view", "search"),
    [(accepts_any_role, send_unoffered_fields), (accepts_any_organization, name_foreign_rows)],
)
def test_a_view_that_accepts_too_much_is_found(world: World, view: Any, search: Any, settings: Any) -> None:
    faulty_path = path("planted/", view, name="planted")
    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [faulty_path, *urlpatterns]})
    _, failures = search(world, [Route("/planted/", "planted", "", ("POST",), "signed_in")])
    assert failures
