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
from tests.access.bodies import BODIES, body_of, send
from tests.access.world import (
    ABSENT,
    CALLERS,
    CALLERS_OF_AN_ORGANIZATION,
    SEES_ALL,
    OrganizationIds,
    World,
    rolled_back,
)
from tests.support.response_comparison import content_without_random_values

pytestmark = [pytest.mark.django_db, pytest.mark.database]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
POSITIVE_SHARE = 0.95
TABLE = Path(__file__).with_name("permitted_callers.csv")
GROUPS = {
    "everybody": set(CALLERS),
    "whoever is signed in": {"viewer", "coordinator", "owner", "pending", "suspended", "analyst", "admin"},
}
CHANGING_HEADERS = ("Content-Length", "Date", "X-Request-Id", "X-Request-ID")


@dataclass
class Matrix:
    requests: int = 0
    compared: int = 0
    positive: set[str] = field(default_factory=set)
    permitted: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    differences: list[str] = field(default_factory=list)
    cacheable: list[str] = field(default_factory=list)
    server_errors: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def comparable_response(response: Any, ids: Iterable[str]) -> tuple[int, bytes, dict[str, str]]:
    """Returns status, body and headers without the id, and without values that are new in every response."""
    body = content_without_random_values(response)
    headers = {name: value for name, value in response.items() if name not in CHANGING_HEADERS}
    for id_text in ids:
        for form in (
            (id_text, f"/{id_text}/", f"%2F{id_text}%2F")
            if not id_text.isdigit()
            else (f"/{id_text}/", f"%2F{id_text}%2F")
        ):
            body = body.replace(form.encode(), b"ID")
            headers = {name: value.replace(form, "ID") for name, value in headers.items()}
    headers["Set-Cookie"] = " ".join(sorted(response.cookies))
    return response.status_code, body, headers


def foreign_and_absent_ids(
    route: Route, world: World, foreign: OrganizationIds
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yields the ids of another organisation and absent ids in the same places: each alone, beside the caller's own,
    and all at once."""
    names = route.tenant_parameters
    combinations = [(name,) for name in names] + ([names] if len(names) > 1 else [])
    for parameters in combinations:
        yield (
            {name: world.id_for(route, name, foreign) for name in parameters},
            {name: ABSENT[name] for name in parameters},
        )


def send_and_roll_back(
    client: Client, method: str, address: str, route: Route, body: dict[str, Any], **headers: str
) -> Any:
    """Sends a request that neither the database nor the caller's cookies remember."""
    cookies = client.cookies
    client.cookies = SimpleCookie({name: cookie.value for name, cookie in cookies.items()})
    with rolled_back():
        response = send(client, method, address, route, body, **headers)
    client.cookies = cookies
    return response


def pairs_of(world: World, principal: str) -> list[tuple[OrganizationIds, OrganizationIds]]:
    """Returns both directions. On PostgreSQL only the second organisation calls, because a faulty query for the first
    row would not find its own."""
    first, second = world.sides
    if principal not in CALLERS_OF_AN_ORGANIZATION:
        return [(first, second)]
    return [(second, first)] if connection.vendor == "postgresql" else [(first, second), (second, first)]


def request_all(world: World, candidates: list[Route], matrix: Matrix) -> None:
    for principal in CALLERS:
        for side, foreign in pairs_of(world, principal):
            with rolled_back():
                client = world.client(principal, side)
                for route in candidates:
                    for method in METHODS:
                        _request_one(world, client, principal, route, method, side, foreign, matrix)


def _request_one(
    world: World,
    client: Client,
    principal: str,
    route: Route,
    method: str,
    side: OrganizationIds,
    foreign: OrganizationIds,
    matrix: Matrix,
) -> None:
    request = f"{principal} {method} {route.pattern}"
    body = body_of(route, world, side)
    response = send_and_roll_back(client, method, world.address(route, side), route, body)
    matrix.requests += 1
    matrix.statuses[response.status_code] += 1
    if response.status_code >= 500 and route.name != "readyz":
        matrix.server_errors.append(f"{request}: {response.status_code}")
    if is_positive(response):
        matrix.positive.add(route.pattern)
        matrix.permitted[route.pattern, method].add(principal)
    cache_control = response.get("Cache-Control", "")
    if "no-store" not in cache_control and "private" not in cache_control:
        matrix.cacheable.append(f"{request}: {cache_control}")
    if principal in SEES_ALL:
        return
    for foreign_ids, absent_ids in foreign_and_absent_ids(route, world, foreign):
        foreign_response, absent_response = (
            comparable_response(
                send_and_roll_back(client, method, world.address(route, side, **ids), route, body),
                ids.values(),
            )
            for ids in (foreign_ids, absent_ids)
        )
        matrix.requests += 2
        matrix.compared += 1
        if foreign_response != absent_response and not _is_opened_by_link(route):
            matrix.differences.append(
                f"{request} {sorted(foreign_ids)}: {foreign_response[0]} and {absent_response[0]}"
            )


def _is_opened_by_link(route: Route) -> bool:
    """True for a link, which is the key itself: everyone who holds it gets in, and an absent link leads nowhere."""
    return route.tenant_parameters == ("token",)


def is_positive(response: Any) -> bool:
    if response.status_code in (301, 302, 303):
        return "/account/login/" not in response["Location"]
    return 200 <= response.status_code < 300


def test_each_route_for_each_caller(world: World) -> None:
    all_routes, matrix = routes(), Matrix()
    assert {route.access for route in all_routes} <= set(POLICIES)
    request_all(world, all_routes, matrix)
    share = len(matrix.positive) / len({route.pattern for route in all_routes})
    never_positive = sorted({route.pattern for route in all_routes} - matrix.positive)
    print(
        f"\n{len(all_routes)} routes, {len(CALLERS)} kinds of callers, {matrix.requests} requests, {matrix.compared} "
        f"comparisons of another's with an absent id, {share:.1%} of routes exercised positively; "
        f"never positively: {', '.join(never_positive) or 'none'}; {dict(matrix.statuses)}",
        flush=True,
    )
    assert different_from_the_table(matrix) == []
    for failures in (matrix.differences, matrix.cacheable, matrix.server_errors):
        assert failures == [], "\n".join(failures)
    assert share >= POSITIVE_SHARE


def different_from_the_table(matrix: Matrix) -> list[str]:
    """Returns the routes whose policy differs from the table. The table is maintained by hand and read by people, so
    a policy changes only together with it. A caller who may GET may HEAD."""
    with TABLE.open(encoding="utf-8") as file:
        rows = [(row["route"], row["method"], row["permitted"]) for row in csv.DictReader(file)]
    permitted = {
        (route, method): GROUPS.get(callers) or set(callers.split(", ")) for route, method, callers in rows
    }
    permitted |= {
        (route, "HEAD"): callers for (route, method), callers in permitted.items() if method == "GET"
    }
    return [
        f"{method} {route}: permitted for {', '.join(sorted(matrix.permitted[route, method]))}"
        for route, method in sorted(permitted.keys() | matrix.permitted.keys())
        if matrix.permitted[route, method] != permitted.get((route, method), set())
    ]


def test_every_body_belongs_to_a_route() -> None:
    assert set(BODIES) <= {route.name for route in routes()}


@signed_in("GET")
def without_an_object_check(request: HttpRequest, slug: str) -> HttpResponse:
    with across_organizations():
        organization = Organization.objects.filter(slug=slug).first()
    return HttpResponse(organization.name if organization else "", status=200 if organization else 404)


@signed_in("GET")
def reveals_in_a_header(request: HttpRequest, slug: str) -> HttpResponse:
    with across_organizations():
        exists = Organization.objects.filter(slug=slug).exists()
    response = HttpResponse("nothing here", status=404)
    response["X-Known"] = str(exists)
    return response


@signed_in("GET")
def is_cacheable(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse("the same for all", headers={"Cache-Control": "public, max-age=600"})


@pytest.mark.parametrize(
    ("view", "list_name"),
    [
        (without_an_object_check, "differences"),
        (reveals_in_a_header, "differences"),
        (is_cacheable, "cacheable"),
    ],
)
def test_a_fault_is_found(
    world: World, view: Any, list_name: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Negative control: three faulty views as a developer might add them."""
    faulty_path = path("organizations/<slug:slug>/planted/", view, name="planted")
    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [faulty_path, *urlpatterns]})
    route = Route("/organizations/<slug:slug>/planted/", "planted", "", ("GET",), "signed_in", "", ("slug",))
    matrix = Matrix()
    request_all(world, [route], matrix)
    assert getattr(matrix, list_name)
