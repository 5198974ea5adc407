"""Checks PostgreSQL: the settings for durable commits, and the rights of the role of this process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from posture.operations.doctor.finding import Finding, found

DURABLE = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply", "remote_write", "local"},
}
TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
MOST_SKEW = timedelta(seconds=5)
OWNERS = "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r' AND pg_has_role(relowner, 'USAGE')"
UNFORCED = (
    "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'"
    " AND NOT (relrowsecurity AND relforcerowsecurity) AND relnamespace = current_schema()::regnamespace"
)


def findings(at: datetime) -> Iterator[Finding]:
    if connection.vendor != "postgresql":
        return
    yield found("version", _one("SHOW server_version"))
    for name, allowed in DURABLE.items():
        value = _one(f"SHOW {name}")
        yield found(
            name,
            value,
            wrong=value not in allowed,
            fix=f"An acknowledged answer may be lost when the server fails: set {name} to on.",
        )
    for name in TIMEOUTS:
        value = _one(f"SHOW {name}")
        yield found(
            name, value, wrong=value == "0", fix=f"One stuck session can stop all others: set {name}."
        )
    yield from _role()
    yield from _rows_of_organizations()
    yield from _wire()
    skew = abs(_one("SELECT clock_timestamp()").astimezone(UTC) - timezone.now())
    yield found(
        "clock of the database",
        f"{skew.total_seconds():.1f} s from this one",
        wrong=skew > MOST_SKEW,
        fix="The clocks differ: run a time service on both machines.",
    )


def _role() -> Iterator[Finding]:
    query = "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    name, is_super, bypasses = _rows(query)[0]
    owned = [table for (table,) in _rows(OWNERS, [_tables()])]
    powers = [word for word, has in (("superuser", is_super), ("bypasses row security", bypasses)) if has]
    powers += ["owns tables"] if owned else []
    yield found(
        "role",
        ", ".join([name, *powers]),
        wrong=bool(powers),
        fix="The role of the application may do too much: connect as the application role, not as the owner.",
    )


def _rows_of_organizations() -> Iterator[Finding]:
    unforced = sorted(table for (table,) in _rows(UNFORCED, [_tables_of_organizations()]))
    yield found(
        "row security",
        f"not forced on {', '.join(unforced)}" if unforced else "forced on every table of organisations",
        wrong=bool(unforced),
        fix="A forgotten filter would show one organisation to another: run manage.py migrate as the owner.",
    )


def _wire() -> Iterator[Finding]:
    encrypted, address = _rows(
        "SELECT ssl, inet_client_addr() FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    )[0]
    is_near = address is None or str(address).startswith(("127.", "::1"))
    yield found(
        "connection",
        "encrypted" if encrypted else "within this machine" if is_near else "in clear",
        wrong=not (encrypted or is_near),
        fix="Answers cross the network in clear: add ?sslmode=verify-full to DATABASE_URL.",
    )


def _tables() -> list[str]:
    return [model._meta.db_table for model in apps.get_models(include_auto_created=True)]


def _tables_of_organizations() -> list[str]:
    """Returns every table with a column for the organisation of a row."""
    return [
        model._meta.db_table
        for model in apps.get_app_config("surveys").get_models()
        if any(field.name == "organization" for field in model._meta.local_fields)
    ]


def _one(statement: str) -> Any:
    return _rows(statement)[0][0]


def _rows(statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
