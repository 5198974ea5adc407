"""Tests the limit of simultaneous costly requests: the slots, their release, and the routes that need one."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client, RequestFactory

from posture.web import concurrency_limits
from posture.web.concurrency_limits import BoundedSemaphore, ConcurrencyLimit
from posture.web.routes import Route, routes
from surveys.web.costly_requests import costly
from tests.access.bodies import body_of, send
from tests.access.callers import CALLER
from tests.access.world import World, rolled_back

TOO_MANY = 429
FILES = ("text/csv", "application/zip", "application/vnd.openxmlformats")
# Stored bytes, and a hundred rows that are only listed.
CHEAP_FILES = {"posture:pack", "posture:benchmarks-csv"}


def small_places(**options: Any) -> BoundedSemaphore:
    return BoundedSemaphore(**{"max_running": 1, "max_waiting": 1, "timeout_seconds": 0.01} | options)


def test_a_limited_number_of_requests_work_and_wait() -> None:
    places = small_places(max_running=2)
    assert [places.acquire({name: 2}) for name in "abc"] == [True, True, False]
    places.release({"a": 2})
    assert places.acquire({"c": 2})


def test_one_caller_takes_only_part_of_the_places() -> None:
    places = small_places(max_running=3)
    assert [places.acquire({"a": 2}) for _ in range(3)] == [True, True, False]
    assert places.acquire({"b": 2})


def test_sessions_of_one_network_share_its_places() -> None:
    places = small_places(max_running=9)
    admitted = [places.acquire({"network": 4, f"session {number}": 2}) for number in range(5)]
    assert admitted == [True, True, True, True, False]


def test_a_released_place_goes_to_a_waiting_request() -> None:
    places, admitted = small_places(timeout_seconds=20), list[bool]()
    assert places.acquire({"a": 1})
    thread = threading.Thread(target=lambda: admitted.append(places.acquire({"b": 1})))
    thread.start()
    places.release({"a": 2})
    thread.join(20)
    assert admitted == [True]


def test_requests_beyond_the_waiting_places_are_refused() -> None:
    places = small_places(timeout_seconds=20)
    assert places.acquire({"a": 1})
    thread = threading.Thread(target=lambda: places.acquire({"b": 1}))
    thread.start()
    while places._admitted < 2:
        pass
    assert not places.acquire({"c": 1})
    places.release({"a": 2})
    thread.join(20)


@costly()
def streaming_view(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"one", b"two"]))


@pytest.mark.django_db
def test_a_place_is_released_after_the_response_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency_limits, "COSTLY_REQUESTS", small_places())

    def answer(request: HttpRequest) -> Any:
        middleware = ConcurrencyLimit(streaming_view)
        return middleware.process_view(request, streaming_view, (), {}) or middleware(request)

    first_response = answer(RequestFactory().get("/"))
    assert answer(RequestFactory().get("/")).status_code == TOO_MANY
    first_response.close()
    assert answer(RequestFactory().get("/")).status_code == 200


def test_a_place_is_released_after_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency_limits, "COSTLY_REQUESTS", small_places())

    def broken(request: HttpRequest) -> Any:
        raise ValueError("a fault")

    for _ in range(2):
        request = RequestFactory().get("/")
        middleware = ConcurrencyLimit(broken)
        assert middleware.process_view(request, streaming_view, (), {}) is None
        with pytest.raises(ValueError, match="a fault"):
            middleware(request)


def costly_routes() -> Iterator[tuple[Route, str]]:
    return ((route, method) for route in routes() for method in route.costly_methods)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("route", "method"),
    list(costly_routes()),
    ids=lambda value: value if isinstance(value, str) else value.pattern,
)
def test_a_costly_route_refuses_while_all_places_are_taken(
    route: Route, method: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = small_places()
    assert occupied.acquire({"somebody else": 1})
    monkeypatch.setattr(concurrency_limits, "COSTLY_REQUESTS", occupied)
    with rolled_back():
        response = _response_of(world, route, method)
    assert response.status_code == TOO_MANY
    assert int(response["Retry-After"]) > 0


@pytest.mark.django_db
def test_routes_that_send_or_accept_files_are_costly(world: World) -> None:
    """Such routes compute, read or write much. A new one is marked as costly, or this test gives the reason why it is
    not."""
    unmarked_routes = set()
    for route in routes():
        for method in set(route.methods) & {"GET", "POST"}:
            with rolled_back():
                response = _response_of(world, route, method)
            content_type = response.get("Content-Type", "")
            accepts_file = method == "POST" and _has_file_field(world, route)
            if (content_type.startswith(FILES) or accepts_file) and method not in route.costly_methods:
                unmarked_routes.add(route.name)
    assert unmarked_routes == CHEAP_FILES


def _has_file_field(world: World, route: Route) -> bool:
    with rolled_back():
        page = _response_of(world, route, "GET")
    return not page.streaming and b'type="file"' in page.content


def _response_of(world: World, route: Route, method: str) -> Any:
    side = world.sides[0]
    client: Client = world.client(CALLER[str(route.access)], side)
    return send(client, method, world.address(route, side), route, body_of(route, world, side))
