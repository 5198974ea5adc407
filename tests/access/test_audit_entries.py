"""T46: each request that changes something leaves an entry in the audit trail, and no entry holds an answer."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TestCase

from posture.web.routes import Route, routes
from surveys.models import AnswerVersion, AuditEntry
from tests.access.bodies import body_of, send
from tests.access.world import CALLERS, World, rolled_back

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WRITE = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
# What any request may write, for any caller: sessions, and counters of attempts and refusals.
OF_EVERY_REQUEST = {"django_session", "usersessions_usersession", "surveys_limit", "surveys_securitycount"}


def table_recorder(tables: set[str]) -> Callable[..., Any]:
    """Adds the table of each statement that changed a row. SQLite does not count rows that are inserted and
    returned."""

    def statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if context["cursor"].rowcount > 0 or sql.startswith("INSERT"):
            tables.update(WRITE.findall(sql))
        return result

    return statement


def write_requests(world: World) -> Iterator[tuple[Route, set[str], list[AuditEntry]]]:
    """Yields, for each request that changes rows, the changed tables and the entries in the trail."""
    for principal in CALLERS:
        with rolled_back():
            client = world.client(principal, world.sides[0])
            for route in routes():
                for method in set(route.methods) & {"POST", "PUT"}:
                    with rolled_back():
                        yield route, *tables_and_entries(world, client, route, method)


def tables_and_entries(
    world: World, client: Client, route: Route, method: str
) -> tuple[set[str], list[AuditEntry]]:
    organization, cookies, tables = world.sides[0], client.cookies.copy(), set[str]()
    last_entry = AuditEntry.objects.order_by("pk").last()
    with connection.execute_wrapper(table_recorder(tables)), TestCase.captureOnCommitCallbacks(execute=True):
        send(client, method, world.address(route, organization), route, body_of(route, world, organization))
    client.cookies = cookies
    return tables - OF_EVERY_REQUEST, list(
        AuditEntry.objects.filter(pk__gt=last_entry.pk if last_entry else 0)
    )


@pytest.fixture(scope="module")
def audited_writes(world: World) -> list[tuple[str, set[str], list[AuditEntry]]]:
    return [(route.name, tables, entries) for route, tables, entries in write_requests(world) if tables]


def test_every_write_leaves_an_entry(audited_writes: list[tuple[str, set[str], list[AuditEntry]]]) -> None:
    print(
        f"\n{len(audited_writes)} requests to {len({name for name, *_ in audited_writes})} routes changed rows",
        flush=True,
    )
    unaudited = {(name, table) for name, tables, entries in audited_writes if not entries for table in tables}
    assert not unaudited, sorted(unaudited)
    assert len({name for name, *_ in audited_writes}) >= 20


def test_no_entry_holds_an_answer_or_an_address(
    audited_writes: list[tuple[str, set[str], list[AuditEntry]]], world: World
) -> None:
    words = {word for side in world.sides for word in side.words}
    words |= {str(entry.text) for entry in AnswerVersion.objects.all() if str(entry.text)}
    texts = [
        f"{entry.action} {entry.actor} {entry.about}" for _, _, entries in audited_writes for entry in entries
    ]
    assert [entry for entry in texts if "@" in entry or any(word in entry for word in words)] == []
