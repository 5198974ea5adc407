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
from tests.access.bodies import body_of, sent
from tests.access.callers import CALLER
from tests.access.world import World, taken_back

TOO_MANY = 429
FILES = ("text/csv", "application/zip", "application/vnd.openxmlformats")
# Stored bytes, and a hundred rows that are only listed.
CHEAP_FILES = {"posture:pack", "posture:benchmarks-csv"}


def small(**changed: Any) -> BoundedSemaphore:
    return BoundedSemaphore(**{"working": 1, "waiting": 1, "patience_seconds": 0.01} | changed)


def test_so_many_work_and_so_many_wait() -> None:
    places = small(working=2)
    assert [places.acquire({name: 2}) for name in "abc"] == [True, True, False]
    places.release({"a": 2})
    assert places.acquire({"c": 2})


def test_a_caller_has_only_a_part_of_the_places() -> None:
    places = small(working=3)
    assert [places.acquire({"a": 2}) for _ in range(3)] == [True, True, False]
    assert places.acquire({"b": 2})


def test_other_sessions_of_a_network_have_no_more_places_than_it() -> None:
    places = small(working=9)
    entered = [places.acquire({"network": 4, f"session {number}": 2}) for number in range(5)]
    assert entered == [True, True, True, True, False]


def test_who_waits_gets_the_place_that_is_given_back() -> None:
    places, found = small(patience_seconds=20), list[bool]()
    assert places.acquire({"a": 1})
    waiting = threading.Thread(target=lambda: found.append(places.acquire({"b": 1})))
    waiting.start()
    places.release({"a": 2})
    waiting.join(20)
    assert found == [True]


def test_nobody_waits_beyond_the_places_to_wait() -> None:
    places = small(patience_seconds=20)
    assert places.acquire({"a": 1})
    waiting = threading.Thread(target=lambda: places.acquire({"b": 1}))
    waiting.start()
    while places._admitted < 2:
        pass
    assert not places.acquire({"c": 1})
    places.release({"a": 2})
    waiting.join(20)


@costly()
def streamed(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"one", b"two"]))


def test_a_place_is_given_back_when_the_answer_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency_limits, "COSTLY_REQUESTS", small())

    def answer(request: HttpRequest) -> Any:
        middleware = ConcurrencyLimit(streamed)
        return middleware.process_view(request, streamed, (), {}) or middleware(request)

    first = answer(RequestFactory().get("/"))
    assert answer(RequestFactory().get("/")).status_code == TOO_MANY
    first.close()
    assert answer(RequestFactory().get("/")).status_code == 200


def test_a_place_is_given_back_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency_limits, "COSTLY_REQUESTS", small())

    def broken(request: HttpRequest) -> Any:
        raise ValueError("a fault")

    for _ in range(2):
        request = RequestFactory().get("/")
        middleware = ConcurrencyLimit(broken)
        assert middleware.process_view(request, streamed, (), {}) is None
        with pytest.raises(ValueError, match="a fault"):
            middleware(request)


def costly_routes() -> Iterator[tuple[Route, str]]:
    return ((route, method) for route in routes() for method in route.costly_methods)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("route", "method"), list(costly_routes()), ids=lambda one: one if isinstance(one, str) else one.pattern
)
def test_a_costly_route_tells_a_crowd_to_come_again(
    route: Route, method: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = small()
    assert full.acquire({"somebody else": 1})
    monkeypatch.setattr(concurrency_limits, "COSTLY_REQUESTS", full)
    with taken_back():
        answer = _answer(world, route, method)
    assert answer.status_code == TOO_MANY
    assert int(answer["Retry-After"]) > 0


@pytest.mark.django_db
def test_whoever_sends_or_takes_files_is_costly(world: World) -> None:
    """Such routes compute, read or write much. A new one is marked as costly, or this test gives the reason why it is
    not."""
    files = set()
    for route in routes():
        for method in set(route.methods) & {"GET", "POST"}:
            with taken_back():
                answer = _answer(world, route, method)
            kind = answer.get("Content-Type", "")
            takes = method == "POST" and _has_a_field_for_a_file(world, route)
            if (kind.startswith(FILES) or takes) and method not in route.costly_methods:
                files.add(route.name)
    assert files == CHEAP_FILES


def _has_a_field_for_a_file(world: World, route: Route) -> bool:
    with taken_back():
        page = _answer(world, route, "GET")
    return not page.streaming and b'type="file"' in page.content


def _answer(world: World, route: Route, method: str) -> Any:
    side = world.sides[0]
    client: Client = world.client(CALLER[str(route.access)], side)
    return sent(client, method, world.address(route, side), route, body_of(route, world, side))
