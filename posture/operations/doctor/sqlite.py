"""Checks SQLite: the settings for durable commits, read on the connection that the product uses."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from posture.operations.doctor.finding import Finding, found

SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
LEAST_PATIENCE_MILLISECONDS = 5000
AS_SHIPPED = "Leave DATABASES in posture/settings.py as it is shipped."


def findings(at: datetime) -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        return
    yield found("version", sqlite3.sqlite_version)
    yield _must(
        "journal_mode", str, {"wal"}, "Writers and readers wait for each other, and a crash costs more."
    )
    yield _must(
        "synchronous",
        lambda value: SYNCHRONOUS.get(value, str(value)),
        {"FULL", "EXTRA"},
        "An acknowledged answer may be lost when the power fails.",
    )
    yield _must("foreign_keys", _on, {"on"}, "Rows may lose what they belong to.")
    yield _must("secure_delete", _on, {"on"}, "What was erased stays in the file.")
    yield _must("trusted_schema", _on, {"off"}, "A foreign database file could run functions.")
    patience = _pragma("busy_timeout")
    yield found(
        "busy_timeout",
        f"{patience} ms",
        wrong=patience < LEAST_PATIENCE_MILLISECONDS,
        fix=f"Writers give up instead of waiting. {AS_SHIPPED}",
    )
    mode = getattr(connection, "transaction_mode", None)
    yield found(
        "transaction_mode",
        mode,
        wrong=mode != "IMMEDIATE",
        fix=f"Writers fail instead of waiting. {AS_SHIPPED}",
    )
    integrity = str(_pragma("integrity_check"))
    yield found(
        "integrity_check",
        integrity,
        wrong=integrity != "ok",
        fix="The file is damaged: restore the newest backup that manage.py verify finds good.",
    )
    orphans = len(_rows("PRAGMA foreign_key_check"))
    yield found(
        "foreign_key_check",
        f"{orphans} rows without what they belong to",
        wrong=bool(orphans),
        fix="Somebody edited the file: restore a backup from before that.",
    )


def _must(name: str, words: Any, allowed: set[str], harm: str) -> Finding:
    value = words(_pragma(name))
    return found(name, value, wrong=value not in allowed, fix=f"{harm} {AS_SHIPPED}")


def _on(value: int) -> str:
    return "on" if value == 1 else "off"


def _pragma(name: str) -> Any:
    return _rows(f"PRAGMA {name}")[0][0]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
