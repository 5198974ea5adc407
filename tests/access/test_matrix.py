"""T01: each route, with each method, for each kind of caller, with the caller's own id, another one and an absent
one."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from posture.urls import urlpatterns
from posture.web.routes import Route, routes
from surveys.models import Organization
from surveys.tenancy.organization_scope import across_organizations
from surveys.web.access import POLICIES, signed_in
from tests.access.bodies import PLAIN, body_of, sent
from tests.access.world import ABSENT, OF_AN_ORGANIZATION, PRINCIPALS, SEES_ALL, Side, World, taken_back
from tests.support.response_comparison import content_without_chance

pytestmark = [pytest.mark.django_db, pytest.mark.database]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
POSITIVE_SHARE = 0.95
TABLE = Path(__file__).with_name("let_in.csv")
GROUPS = {
    "everybody": set(PRINCIPALS),
    "whoever is signed in": {"viewer", "coordinator", "owner", "pending", "suspended", "analyst", "admin"},
}
CHANGING_HEADERS = ("Content-Length", "Date", "X-Request-Id", "X-Request-ID")


@dataclass
class Matrix:
    asked: int = 0
    compared: int = 0
    positive: set[str] = field(default_factory=set)
    let_in: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    differs: list[str] = field(default_factory=list)
    cached: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def seen(answer: Any, ids: Iterable[str]) -> tuple[int, bytes, dict[str, str]]:
    """Returns status, body and headers without the id, and without values that are new in every response."""
    body = content_without_chance(answer)
    headers = {name: value for name, value in answer.items() if name not in CHANGING_HEADERS}
    for one in ids:
        for told in (one, f"/{one}/", f"%2F{one}%2F") if not one.isdigit() else (f"/{one}/", f"%2F{one}%2F"):
            body = body.replace(told.encode(), b"ID")
            headers = {name: value.replace(told, "ID") for name, value in headers.items()}
    headers["Set-Cookie"] = " ".join(sorted(answer.cookies))
    return answer.status_code, body, headers


def replaced(route: Route, world: World, other: Side) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yields the ids of another organisation and absent ids in the same places: each alone, beside the caller's own,
    and all at once."""
    names = route.tenant_parameters
    places = [(name,) for name in names] + ([names] if len(names) > 1 else [])
    for place in places:
        yield {name: world.own(route, name, other) for name in place}, {name: ABSENT[name] for name in place}


def ask(client: Client, method: str, address: str, route: Route, body: dict[str, Any], **headers: str) -> Any:
    """Sends a request that neither the database nor the caller's cookies remember."""
    cookies = client.cookies
    client.cookies = SimpleCookie({name: one.value for name, one in cookies.items()})
    with taken_back():
        answer = sent(client, method, address, route, body, **headers)
    client.cookies = cookies
    return answer


def pairs_of(world: World, principal: str) -> list[tuple[Side, Side]]:
    """Returns both directions. On PostgreSQL only the second organisation calls, because a faulty query for the first
    row would not find its own."""
    mine, other = world.sides
    if principal not in OF_AN_ORGANIZATION:
        return [(mine, other)]
    return [(other, mine)] if connection.vendor == "postgresql" else [(mine, other), (other, mine)]


def walk(world: World, given: list[Route], matrix: Matrix) -> None:
    for principal in PRINCIPALS:
        for side, foreign in pairs_of(world, principal):
            with taken_back():
                client = world.client(principal, side)
                for route in given:
                    for method in METHODS:
                        _one(world, client, principal, route, method, side, foreign, matrix)


def _one(
    world: World,
    client: Client,
    principal: str,
    route: Route,
    method: str,
    side: Side,
    foreign: Side,
    matrix: Matrix,
) -> None:
    place = f"{principal} {method} {route.pattern}"
    body = body_of(route, world, side)
    answer = ask(client, method, world.address(route, side), route, body)
    matrix.asked += 1
    matrix.statuses[answer.status_code] += 1
    if answer.status_code >= 500 and route.name != "readyz":
        matrix.broken.append(f"{place}: {answer.status_code}")
    if is_positive(answer):
        matrix.positive.add(route.pattern)
        matrix.let_in[route.pattern, method].add(principal)
    kept = answer.get("Cache-Control", "")
    if "no-store" not in kept and "private" not in kept:
        matrix.cached.append(f"{place}: {kept}")
    if principal in SEES_ALL:
        return
    for theirs, absent in replaced(route, world, foreign):
        first, second = (
            seen(ask(client, method, world.address(route, side, **ids), route, body), ids.values())
            for ids in (theirs, absent)
        )
        matrix.asked += 2
        matrix.compared += 1
        if first != second and not _is_open_to_all(route):
            matrix.differs.append(f"{place} {sorted(theirs)}: {first[0]} and {second[0]}")


def _is_open_to_all(route: Route) -> bool:
    """True for a link, which is the key itself: everyone who holds it gets in, and an absent link leads nowhere."""
    return route.tenant_parameters == ("token",)


def is_positive(answer: Any) -> bool:
    if answer.status_code in (301, 302, 303):
        return "/account/login/" not in answer["Location"]
    return 200 <= answer.status_code < 300


def test_each_route_for_each_caller(world: World) -> None:
    given, matrix = routes(), Matrix()
    assert {route.access for route in given} <= set(POLICIES)
    walk(world, given, matrix)
    share = len(matrix.positive) / len({route.pattern for route in given})
    never = sorted({route.pattern for route in given} - matrix.positive)
    print(
        f"\n{len(given)} routes, {len(PRINCIPALS)} kinds of callers, {matrix.asked} requests, {matrix.compared} "
        f"comparisons of another's with an absent id, {share:.1%} of routes exercised positively; "
        f"never positively: {', '.join(never) or 'none'}; {dict(matrix.statuses)}",
        flush=True,
    )
    assert different_from_the_table(matrix) == []
    for found in (matrix.differs, matrix.cached, matrix.broken):
        assert found == [], "\n".join(found)
    assert share >= POSITIVE_SHARE


def different_from_the_table(matrix: Matrix) -> list[str]:
    """Returns the routes whose policy differs from the table. The table is maintained by hand and read by people, so
    a policy changes only together with it. A caller who may GET may HEAD."""
    with TABLE.open(encoding="utf-8") as file:
        rows = [(row["route"], row["method"], row["let in"]) for row in csv.DictReader(file)]
    wanted = {(route, method): GROUPS.get(who) or set(who.split(", ")) for route, method, who in rows}
    wanted |= {(route, "HEAD"): who for (route, method), who in wanted.items() if method == "GET"}
    return [
        f"{method} {route}: let in {', '.join(sorted(matrix.let_in[route, method]))}"
        for route, method in sorted(wanted.keys() | matrix.let_in.keys())
        if matrix.let_in[route, method] != wanted.get((route, method), set())
    ]


def test_every_body_belongs_to_a_route() -> None:
    assert set(PLAIN) <= {route.name for route in routes()}


@signed_in("GET")
def without_an_object_check(request: HttpRequest, slug: str) -> HttpResponse:
    with across_organizations():
        found = Organization.objects.filter(slug=slug).first()
    return HttpResponse(found.name if found else "", status=200 if found else 404)


@signed_in("GET")
def telling_in_a_header(request: HttpRequest, slug: str) -> HttpResponse:
    with across_organizations():
        known = Organization.objects.filter(slug=slug).exists()
    answer = HttpResponse("nothing here", status=404)
    answer["X-Known"] = str(known)
    return answer


@signed_in("GET")
def kept_by_a_cache(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse("the same for all", headers={"Cache-Control": "public, max-age=600"})


@pytest.mark.parametrize(
    ("view", "found"),
    [(without_an_object_check, "differs"), (telling_in_a_header, "differs"), (kept_by_a_cache, "cached")],
)
def test_a_fault_is_found(
    world: World, view: Any, found: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Negative control: three faulty views as a developer might add them."""
    planted = path("organizations/<slug:slug>/planted/", view, name="planted")
    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [planted, *urlpatterns]})
    route = Route("/organizations/<slug:slug>/planted/", "planted", "", ("GET",), "signed_in", "", ("slug",))
    matrix = Matrix()
    walk(world, [route], matrix)
    assert getattr(matrix, found)
