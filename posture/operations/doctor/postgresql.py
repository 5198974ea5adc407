"""Checks PostgreSQL: the settings for durable commits, and the rights of the role of this process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from posture.operations.doctor.finding import Finding, make_finding

DURABLE_SETTINGS = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply", "remote_write", "local"},
}
TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
MAX_CLOCK_SKEW = timedelta(seconds=5)
OWNERS = "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r' AND pg_has_role(relowner, 'USAGE')"
UNFORCED = (
    "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'"
    " AND NOT (relrowsecurity AND relforcerowsecurity) AND relnamespace = current_schema()::regnamespace"
)


def findings(at: datetime) -> Iterator[Finding]:
    if connection.vendor != "postgresql":
        return
    yield make_finding("version", _single_value("SHOW server_version"))
    for name, allowed in DURABLE_SETTINGS.items():
        value = _single_value(f"SHOW {name}")
        yield make_finding(
            name,
            value,
            is_wrong=value not in allowed,
            fix=f"An acknowledged answer may be lost when the server fails: set {name} to on.",
        )
    for name in TIMEOUTS:
        value = _single_value(f"SHOW {name}")
        yield make_finding(
            name, value, is_wrong=value == "0", fix=f"One stuck session can stop all others: set {name}."
        )
    yield from _role_findings()
    yield from _row_security_findings()
    yield from _connection_findings()
    skew = abs(_single_value("SELECT clock_timestamp()").astimezone(UTC) - timezone.now())
    yield make_finding(
        "clock of the database",
        f"{skew.total_seconds():.1f} s from this one",
        is_wrong=skew > MAX_CLOCK_SKEW,
        fix="The clocks differ: run a time service on both machines.",
    )


def _role_findings() -> Iterator[Finding]:
    query = "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    name, is_super, bypasses = _rows(query)[0]
    owned = [table for (table,) in _rows(OWNERS, [_tables()])]
    powers = [
        power
        for power, is_granted in (("superuser", is_super), ("bypasses row security", bypasses))
        if is_granted
    ]
    powers += ["owns tables"] if owned else []
    yield make_finding(
        "role",
        ", ".join([name, *powers]),
        is_wrong=bool(powers),
        fix="The role of the application may do too much: connect as the application role, not as the owner.",
    )


def _row_security_findings() -> Iterator[Finding]:
    unforced = sorted(table for (table,) in _rows(UNFORCED, [_tables_of_organizations()]))
    yield make_finding(
        "row security",
        f"not forced on {', '.join(unforced)}" if unforced else "forced on every table of organisations",
        is_wrong=bool(unforced),
        fix="A forgotten filter would show one organisation to another: run manage.py migrate as the owner.",
    )


def _connection_findings() -> Iterator[Finding]:
    encrypted, address = _rows(
        "SELECT ssl, inet_client_addr() FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    )[0]
    is_near = address is None or str(address).startswith(("127.", "::1"))
    yield make_finding(
        "connection",
        "encrypted" if encrypted else "within this machine" if is_near else "in clear",
        is_wrong=not (encrypted or is_near),
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


def _single_value(statement: str) -> Any:
    return _rows(statement)[0][0]


def _rows(statement: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
