"""Readiness checks: the services that this process needs for requests. Each result is "ok" or the problem."""

import os
from functools import cache
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from posture.databases.errors import is_damage
from surveys.web import disk_space

OK, READ_ONLY = "ok", "read-only"
BROKER_TIMEOUT_SECONDS = 0.5
MEGABYTE = 1_000_000


def required_checks() -> dict[str, str]:
    """Runs the checks without which the process should get no requests. A database problem makes the state of its
    migrations unknown."""
    results = {"database": database(), "disk": disk_room()}
    return results | {"migrations": migrations() if results["database"] == OK else "unknown"}


def database() -> str:
    try:
        return READ_ONLY if _is_read_only() else OK
    except DatabaseError as error:
        return "damaged" if is_damage(error) else "unreachable"


def _is_read_only() -> bool:
    """Detects a PostgreSQL standby, or a file without write permission: pages work, but nothing can be saved."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_setting('transaction_read_only')")
            return bool(cursor.fetchone() == ("on",))
        cursor.execute("SELECT count(*) FROM sqlite_master")
    name = str(connection.settings_dict["NAME"])
    return Path(name).exists() and not os.access(name, os.W_OK)


def disk_room() -> str:
    for folder in disk_space.folders():
        if not disk_space.is_writable(folder):
            return READ_ONLY
        space = disk_space.free_space(folder)
        if space.is_low:
            return f"{space.free // MEGABYTE} MB of {space.total // MEGABYTE} MB left"
    return OK


def migrations() -> str:
    """Names missing migrations. Migrations that are newer than this code are accepted, because a process of the old
    release continues for a while during an upgrade."""
    missing = shipped_migrations() - applied_migrations()
    return f"{len(missing)} not applied" if missing else OK


def applied_migrations() -> set[tuple[str, str]]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            return {(app, name) for app, name in cursor.fetchall()}
    except DatabaseError:
        return set()


def broker() -> str:
    """Reported only: without a broker every page works, and waiting jobs stay in the database."""
    address = settings.REDIS_URL.replace("redis+socket://", "unix://", 1)
    timeouts = {"socket_timeout": BROKER_TIMEOUT_SECONDS, "socket_connect_timeout": BROKER_TIMEOUT_SECONDS}
    try:
        with redis.Redis.from_url(address, **timeouts) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return "unreachable"
    return OK


@cache
def shipped_migrations() -> frozenset[tuple[str, str]]:
    """Returns every migration of this code, without squashed migrations."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset((app, name) for app, name in loader.disk_migrations)
