"""Checks SQLite: the settings for durable commits, read on the connection that the product uses."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from posture.operations.doctor.finding import Finding, make_finding

SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
MIN_BUSY_TIMEOUT_MILLISECONDS = 5000
RESTORE_DEFAULT = "Leave DATABASES in posture/settings.py as it is shipped."


def findings(at: datetime) -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        return
    yield make_finding("version", sqlite3.sqlite_version)
    yield _required_setting(
        "journal_mode", str, {"wal"}, "Writers and readers wait for each other, and a crash costs more."
    )
    yield _required_setting(
        "synchronous",
        lambda value: SYNCHRONOUS.get(value, str(value)),
        {"FULL", "EXTRA"},
        "An acknowledged answer may be lost when the power fails.",
    )
    yield _required_setting("foreign_keys", _on_or_off, {"on"}, "Rows may lose what they belong to.")
    yield _required_setting("secure_delete", _on_or_off, {"on"}, "What was erased stays in the file.")
    yield _required_setting(
        "trusted_schema", _on_or_off, {"off"}, "A foreign database file could run functions."
    )
    busy_timeout = _pragma("busy_timeout")
    yield make_finding(
        "busy_timeout",
        f"{busy_timeout} ms",
        is_wrong=busy_timeout < MIN_BUSY_TIMEOUT_MILLISECONDS,
        fix=f"Writers give up instead of waiting. {RESTORE_DEFAULT}",
    )
    mode = getattr(connection, "transaction_mode", None)
    yield make_finding(
        "transaction_mode",
        mode,
        is_wrong=mode != "IMMEDIATE",
        fix=f"Writers fail instead of waiting. {RESTORE_DEFAULT}",
    )
    integrity = str(_pragma("integrity_check"))
    yield make_finding(
        "integrity_check",
        integrity,
        is_wrong=integrity != "ok",
        fix="The file is damaged: restore the newest backup that manage.py verify finds good.",
    )
    orphans = len(_rows("PRAGMA foreign_key_check"))
    yield make_finding(
        "foreign_key_check",
        f"{orphans} rows without what they belong to",
        is_wrong=bool(orphans),
        fix="Somebody edited the file: restore a backup from before that.",
    )


def _required_setting(name: str, as_text: Any, allowed: set[str], harm: str) -> Finding:
    value = as_text(_pragma(name))
    return make_finding(name, value, is_wrong=value not in allowed, fix=f"{harm} {RESTORE_DEFAULT}")


def _on_or_off(value: int) -> str:
    return "on" if value == 1 else "off"


def _pragma(name: str) -> Any:
    return _rows(f"PRAGMA {name}")[0][0]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
