"""What this process needs to serve people, asked at once and answered in words: "ok", or what is wrong."""

from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from surveys import disk

OK = "ok"
BROKER_PATIENCE_SECONDS = 0.5
MEGABYTE = 1_000_000


def needed() -> dict[str, str]:
    """Without any of these nobody should be sent here. What is wrong with the database hides its migrations."""
    found = {"database": database(), "disk": room()}
    return found | {"migrations": migrations() if found["database"] == OK else "unknown"}


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return OK


def room() -> str:
    for folder in disk.folders():
        found = disk.room(folder)
        if found.is_low:
            return f"{found.free // MEGABYTE} MB of {found.total // MEGABYTE} MB left"
    return OK


def migrations() -> str:
    """Migrations of a newer release than this code do no harm: a process of the old release goes on for a while."""
    missing = shipped() - applied()
    return f"{len(missing)} not applied" if missing else OK


def applied() -> set[tuple[str, str]]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            return {(app, name) for app, name in cursor.fetchall()}
    except DatabaseError:
        return set()


def broker() -> str:
    """Reported only: without a broker every page works, and waiting work stays in the database."""
    address = settings.REDIS_URL.replace("redis+socket://", "unix://", 1)
    patience = {"socket_timeout": BROKER_PATIENCE_SECONDS, "socket_connect_timeout": BROKER_PATIENCE_SECONDS}
    try:
        with redis.Redis.from_url(address, **patience) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return "unreachable"
    return OK


@cache
def shipped() -> frozenset[tuple[str, str]]:
    """Every migration of this code, without those that others replace."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset((app, name) for app, name in loader.disk_migrations)
