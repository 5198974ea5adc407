"""T46: each request that changes something leaves an entry in the audit trail, and no entry holds an answer."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TestCase

from posture.web.routes import Route, routes
from surveys.models import AnswerVersion, AuditEntry
from tests.access.bodies import body_of, sent
from tests.access.world import PRINCIPALS, World, taken_back

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WRITE = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
# What any request may write, for any caller: sessions, and counters of attempts and refusals.
OF_EVERY_REQUEST = {"django_session", "usersessions_usersession", "surveys_limit", "surveys_securitycount"}


def noting(changed: set[str]) -> Callable[..., Any]:
    """Adds the table of each statement that changed a row. SQLite does not count rows that are inserted and
    returned."""

    def statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if context["cursor"].rowcount > 0 or sql.startswith("INSERT"):
            changed.update(WRITE.findall(sql))
        return result

    return statement


def writes(world: World) -> Iterator[tuple[Route, set[str], list[AuditEntry]]]:
    """Yields, for each request that changes rows, the changed tables and the entries in the trail."""
    for principal in PRINCIPALS:
        with taken_back():
            client = world.client(principal, world.sides[0])
            for route in routes():
                for method in set(route.methods) & {"POST", "PUT"}:
                    with taken_back():
                        yield route, *traces(world, client, route, method)


def traces(world: World, client: Client, route: Route, method: str) -> tuple[set[str], list[AuditEntry]]:
    mine, cookies, changed = world.sides[0], client.cookies.copy(), set[str]()
    last = AuditEntry.objects.order_by("pk").last()
    with connection.execute_wrapper(noting(changed)), TestCase.captureOnCommitCallbacks(execute=True):
        sent(client, method, world.address(route, mine), route, body_of(route, world, mine))
    client.cookies = cookies
    return changed - OF_EVERY_REQUEST, list(AuditEntry.objects.filter(pk__gt=last.pk if last else 0))


@pytest.fixture(scope="module")
def left(world: World) -> list[tuple[str, set[str], list[AuditEntry]]]:
    return [(route.name, tables, entries) for route, tables, entries in writes(world) if tables]


def test_every_write_leaves_an_entry(left: list[tuple[str, set[str], list[AuditEntry]]]) -> None:
    print(f"\n{len(left)} requests to {len({name for name, *_ in left})} routes changed rows", flush=True)
    silent = {(name, table) for name, tables, entries in left if not entries for table in tables}
    assert not silent, sorted(silent)
    assert len({name for name, *_ in left}) >= 20


def test_no_entry_holds_an_answer_or_an_address(
    left: list[tuple[str, set[str], list[AuditEntry]]], world: World
) -> None:
    words = {word for side in world.sides for word in side.words}
    words |= {str(one.text) for one in AnswerVersion.objects.all() if str(one.text)}
    told = [f"{one.action} {one.actor} {one.about}" for _, _, entries in left for one in entries]
    assert [one for one in told if "@" in one or any(word in one for word in words)] == []
