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
from tests.access.bodies import body_of, sent
from tests.access.effects import DRAWN, Rows, difference, highest, project_models, rows
from tests.access.test_matrix import seen
from tests.access.world import ABSENT, ABSENT_ROW, Side, World, taken_back

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
OF_MINE = ("respondent", "owner", "viewer", "anonymous")
TYPICAL = {
    "organization": "1", "tenant": "1", "is_staff": "on", "is_superuser": "on", "is_active": "", "role": "owner",
    "status": "active", "version": "99", "score": "99", "submitted_at": "2001-01-01T00:00", "id": "1", "pk": "1",
}  # fmt: skip
FORM = re.compile(rb"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
NAME = re.compile(rb'\bname="([^"]+)"')
PICTURE_OR_CHALLENGE = re.compile(r'base64,[^"]*|"challenge": "[^"]*"')
ACTION = re.compile(rb'\baction="([^"]*)"')


def writes(given: list[Route]) -> Iterator[tuple[Route, str]]:
    for route in given:
        for method in ("POST", "PUT"):
            if method in route.methods:
                yield route, method


def extras(offered: set[str]) -> dict[str, str]:
    """Returns a value for each model field that no form offers."""
    found = dict(TYPICAL)
    for model in project_models():
        for column in model._meta.concrete_fields:
            found.setdefault(column.name, _other(column))
            found.setdefault(column.attname, _other(column))
    return {name: value for name, value in found.items() if name not in offered}


def _other(column: models.Field) -> str:
    if column.choices:
        return str(list(column.choices)[-1][0])
    if isinstance(column, models.BooleanField):
        return "on"
    if isinstance(column, models.DateTimeField):
        return "2001-01-01T00:00"
    return "1" if column.is_relation or isinstance(column, models.IntegerField) else "planted"


def offered_by_pages(world: World, client: Client, side: Side) -> dict[str, set[str]]:
    """Returns the field names of each form that this caller is shown, by the address that the form is sent to."""
    found: dict[str, set[str]] = {}
    for route in routes():
        if "GET" in route.methods and "token" not in (route.access,):
            address = world.address(route, side)
            with taken_back():
                answer = client.get(address)
            for attributes, inside in FORM.findall(b"" if answer.streaming else answer.content):
                action = ACTION.search(attributes)
                goes_to = (action[1].decode() if action else "") or address
                names = {name.decode() for name in NAME.findall(inside)}
                found.setdefault(goes_to.partition("?")[0], set()).update(names)
    return found


class Bench:
    """Tries requests one after the other, each from the same state."""

    def __init__(self, client: Client) -> None:
        self.client, self.known = client, highest()
        self.before = rows(self.known)

    def effect(self, method: str, address: str, route: Route, body: dict[str, Any]) -> "Effect":
        cookies = self.client.cookies
        self.client.cookies = SimpleCookie({name: one.value for name, one in cookies.items()})
        with taken_back():
            answer = sent(self.client, method, address, route, body)
            gone, come = difference(self.before, rows(self.known))
        self.client.cookies = cookies
        return Effect(answer, gone, come)


@dataclass
class Effect:
    answer: Any
    gone: Rows
    come: Rows

    @property
    def is_none(self) -> bool:
        return not self.gone and not self.come

    def is_as(self, other: "Effect") -> bool:
        return (self.gone, self.come) == (other.gone, other.come)

    def __str__(self) -> str:
        return f"{self.answer.status_code} {dict(self.gone)} became {dict(self.come)}"


def test_fields_that_no_form_offers_change_nothing(world: World) -> None:
    tried, wrong = assign_more(world, routes())
    print(f"\n{tried} writes with {len(extras(set()))} fields of models beside their own", flush=True)
    assert wrong == [], "\n".join(wrong)


def assign_more(world: World, given: list[Route]) -> tuple[int, list[str]]:
    side, tried, wrong = world.sides[0], 0, []
    offered_to: dict[str, dict[str, set[str]]] = {}
    for route, method in writes(given):
        for principal in WRITERS.get(route.access or "", ()):
            with taken_back():
                client = world.client(principal, side)
                if principal not in offered_to:
                    offered_to[principal] = offered_by_pages(world, client, side)
                address, body = world.address(route, side), body_of(route, world, side)
                offered = offered_to[principal].get(address, set()) | set(body)
                bench = Bench(client)
                plain = bench.effect(method, address, route, body)
                more = bench.effect(method, address, route, extras(offered) | body)
                tried += 1
                if not more.is_as(plain) and not more.is_none:
                    wrong.append(f"{principal} {method} {route.pattern}: {more} instead of {plain}")
    return tried, wrong


def test_what_is_another_s_is_never_taken(world: World) -> None:
    tried, wrong = name_another_s(world, routes())
    print(f"\n{tried} bodies with another's ids against absent ones", flush=True)
    assert wrong == [], "\n".join(wrong)


def relations() -> set[str]:
    """Returns the names that a field would have which refers to a row of an organisation."""
    found = {"id", "pk", "slug", "public_id", "address"}
    for model in project_models():
        if model._meta.app_label == "surveys":
            found.add(str(model._meta.model_name))
        for column in model._meta.concrete_fields:
            if column.is_relation:
                found |= {column.name, column.attname}
    return found


def forms_of(one: str, own: str) -> tuple[Any, ...]:
    """Returns the id in four forms: alone, in a list with the caller's own id, as a text, and without dashes."""
    return one, [own, one], f'"{one}"', one.replace("-", "")


def bodies_that_name(side: Side, own: Side | None) -> list[dict[str, Any]]:
    """Returns bodies with every relation that a body could name, once in each form. With `own` None they name absent
    rows."""
    named = []
    for form in range(4):
        body = {}
        for name in relations():
            kind = name if name in ("public_id", "slug") else "number"
            theirs = (
                {"number": str(side.number), **side.ids}[kind]
                if own
                else {"number": str(ABSENT_ROW), **ABSENT}[kind]
            )
            mine = {"number": str((own or side).number), **(own or side).ids}[kind]
            body[name] = forms_of(theirs, mine)[form]
        named.append(body)
    return named


def name_another_s(world: World, given: list[Route]) -> tuple[int, list[str]]:
    mine, other = world.sides
    tried, wrong = 0, []
    ids = [
        other.ids["public_id"],
        other.slug,
        str(other.number),
        ABSENT["public_id"],
        ABSENT["slug"],
        str(ABSENT_ROW),
    ]
    for route, method in writes(given):
        for principal in WRITERS.get(route.access or "", ()):
            if principal not in OF_MINE:
                continue
            with taken_back():
                bench, body = Bench(world.client(principal, mine)), body_of(route, world, mine)
                address = world.address(route, mine)
                for theirs, absent in zip(
                    bodies_that_name(other, mine), bodies_that_name(mine, None), strict=True
                ):
                    first = bench.effect(method, address, route, theirs | body)
                    second = bench.effect(method, address, route, absent | body)
                    tried += 1
                    is_same = told(first.answer, ids) == told(second.answer, ids)
                    if not is_same:
                        # A page with newly drawn content differs from itself as well.
                        again = bench.effect(method, address, route, absent | body)
                        is_same = told(again.answer, ids) != told(second.answer, ids)
                    if not is_same or not first.is_as(second):
                        wrong.append(
                            f"{principal} {method} {route.pattern}: {first}, for an absent id {second}"
                        )
    return tried, wrong


def told(answer: Any, ids: list[str]) -> tuple[int, str]:
    """Returns the content of a response without ids, typed text and newly drawn content."""
    status, body, headers = seen(answer, ids)
    text = f"{headers.get('Location', '')}\n{body.decode('utf-8', 'replace')}"
    return status, DRAWN.sub("drawn", PICTURE_OR_CHALLENGE.sub("", re.sub(r'value="[^"]*"', "", text)))


@signed_in("POST")
def takes_everything(request: HttpRequest) -> HttpResponse:
    with across_organizations():
        Membership.objects.filter(user_id=request.user.pk).update(role=request.POST.get("role", "viewer"))
    return HttpResponse("done")


@signed_in("POST")
def takes_any_organization(request: HttpRequest) -> HttpResponse:
    given = request.POST.get("organization", "")
    with across_organizations():
        touched = Organization.objects.filter(pk=int(given) if given.isdigit() else 0).update(region="europe")
    return HttpResponse("done" if touched else "no such organisation")


@pytest.mark.parametrize(
    ("view", "search"), [(takes_everything, assign_more), (takes_any_organization, name_another_s)]
)
def test_a_view_that_takes_too_much_is_found(world: World, view: Any, search: Any, settings: Any) -> None:
    planted = path("planted/", view, name="planted")
    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [planted, *urlpatterns]})
    _, wrong = search(world, [Route("/planted/", "planted", "", ("POST",), "signed_in")])
    assert wrong
