"""Tests that each request locks rows in the order of surveys/database/row_locks.py, so that there are no deadlocks.
The requests are all that change something."""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from surveys.audit.trail import note
from surveys.database.row_locks import lock
from surveys.models import Organization
from tests.faults.races.oracle import prepared
from tests.support.builders import make_organization

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.long]

RESPONSE = "surveys_response"
RANKS = {
    "surveys_organization": 1,
    "surveys_invitation": 2,
    RESPONSE: 3,
    "surveys_respondentsession": 4,
    "surveys_mailedcode": 4,
    "surveys_answer": 4,
    "surveys_answerversion": 4,
    "surveys_selection": 4,
    "surveys_answeredrequest": 4,
    "surveys_membership": 5,
    "auth_user": 6,
    "surveys_welcome": 7,
    "surveys_auditchain": 9,
}
# The rank of rows of a response. A transaction that has locked the response may lock them at any time.
OF_A_RESPONSE = 4
# The rank of all other tables: anywhere before the chain.
OTHER = 8
CHANGING = re.compile(r'\s*(?:UPDATE|DELETE FROM|INSERT INTO)\s+"?(?P<table>\w+)"?')
READING = re.compile(r'SELECT.*?\bFROM\s+"?(?P<table>\w+)"?.*\bFOR (?:NO KEY )?UPDATE', re.DOTALL)
FOR_UPDATE = re.compile(r"\s+FOR (?:NO KEY )?UPDATE(?: OF [\w\", ]+)?")


@dataclass(frozen=True)
class TableLock:
    """One lock. A new row is locked from the beginning, and no other transaction waits for it."""

    table: str
    is_new: bool = False

    @property
    def rank(self) -> int:
        return RANKS.get(self.table, OTHER)


@dataclass
class LockRecorder:
    """Records the locks of the transactions of one request, in their order."""

    transactions: list[list[TableLock]] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        statement = CHANGING.match(sql) or READING.match(sql)
        if statement and connection.in_atomic_block:
            is_new = sql.lstrip().startswith("INSERT") and "DO UPDATE" not in sql
            self.transactions[-1].append(TableLock(statement["table"], is_new))
        if connection.vendor == "sqlite":
            sql = FOR_UPDATE.sub("", sql)
        return execute(sql, params, many, context)

    def out_of_order(self) -> list[str]:
        return [message for locks in self.transactions for message in _out_of_order(locks)]


def pairs_of_tables(locks: list[TableLock]) -> Iterator[tuple[str, str]]:
    """Yields each table that is locked while another one is held. No other transaction locks new rows."""
    tables = list(dict.fromkeys(lock.table for lock in locks if not lock.is_new))
    return itertools.combinations(tables, 2)


def lock_cycle(transactions: list[list[TableLock]]) -> list[str]:
    """Returns tables that are locked in a circle, regardless of their ranks; empty where one order of all tables
    exists."""
    predecessors: dict[str, set[str]] = {}
    for locks in transactions:
        for first, second in pairs_of_tables(locks):
            predecessors.setdefault(second, set()).add(first)
    try:
        TopologicalSorter(predecessors).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _out_of_order(locks: list[TableLock]) -> Iterator[str]:
    held_locks: list[TableLock] = []
    for new_lock in locks:
        tables = {held_lock.table for held_lock in held_locks}
        is_held = new_lock.table in tables or (new_lock.rank == OF_A_RESPONSE and RESPONSE in tables)
        held_after = [
            held_lock for held_lock in held_locks if held_lock.rank > new_lock.rank and not held_lock.is_new
        ]
        if held_after and not new_lock.is_new and not is_held:
            yield f"{new_lock.table} after {held_after[-1].table}"
        held_locks.append(new_lock)


@contextmanager
def recorded_locks(monkeypatch: pytest.MonkeyPatch) -> Iterator[LockRecorder]:
    """Records the locks. SQLite has no row locks; the statements are built as for PostgreSQL and run without the
    lock."""
    recorder, original = LockRecorder(), connection.set_autocommit

    def begins_or_ends(autocommit: bool, *args: Any, **kwargs: Any) -> None:
        recorder.transactions.append([])
        original(autocommit, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(connection, "set_autocommit", begins_or_ends)
        if connection.vendor == "sqlite":
            patch.setattr(connection.features, "has_select_for_update", True)
            patch.setattr(connection.features, "has_select_for_no_key_update", True)
        with connection.execute_wrapper(recorder):
            yield recorder


def test_rows_are_locked_in_one_order(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    failures, transactions = list[str](), list[list[TableLock]]()
    with prepared(settings) as (races, all_verbs):
        for verb in all_verbs:
            races.restore()
            with recorded_locks(monkeypatch) as recorder:
                races.request(verb)()
            transactions += recorder.transactions
            failures += [f"{verb.name}: {message}" for message in recorder.out_of_order()]
    locks = sum(map(len, transactions))
    print(f"{len(all_verbs)} verbs, {locks} locks")
    assert failures == [], "\n".join(failures)
    assert lock_cycle(transactions) == []
    assert locks > len(all_verbs)


def lock_backwards(organization: Organization) -> None:
    with transaction.atomic():
        note("tried", organization=organization, by="a test", at=timezone.now())
        lock(organization)


def test_another_order_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    organization = make_organization("acme")
    with recorded_locks(monkeypatch) as recorder:
        lock_backwards(organization)
    assert recorder.out_of_order() == ["surveys_organization after surveys_auditchain"]


def test_a_circle_of_tables_is_found() -> None:
    view, job, cut = (
        TableLock("posture_savedview"),
        TableLock("surveys_job"),
        TableLock("posture_releasedcut"),
    )
    assert lock_cycle([[view, job], [job, cut], [view, cut]]) == []
    assert set(lock_cycle([[view, job], [job, cut], [cut, view]])) == {view.table, job.table, cut.table}
    assert lock_cycle([[view, job], [TableLock("surveys_job", is_new=True), view]]) == []
