"""Contents of the database that several tests start from. Each is made once in a test run and then copied, also by
other workers: on SQLite as a file, on PostgreSQL as a template."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from surveys.encryption.sealing import clear_key_cache
from tests.environment import shared_folder
from tests.support.made_once import Document, Maker, made_once


def fill_database(name: str, make: Maker) -> Document:
    """Fills the empty database with the content called `name`, and commits. `make` makes the content and returns a
    description of it."""

    def make_and_store() -> Document:
        document = make()
        _store(name)
        return document

    document = made_once(name, make_and_store)
    _load(name)
    return document


@contextlib.contextmanager
def filled_database(name: str, make: Maker) -> Iterator[Document]:
    """Fills the database for the duration of the block, and empties it afterwards."""
    yield fill_database(name, make)
    call_command("flush", verbosity=0, interactive=False)


def _store(name: str) -> None:
    shutil.copy(settings.INSTALLATION_KEY_FILE, _key_file(name))
    if connection.vendor == "sqlite":
        _copy_file(connection.settings_dict["NAME"], _database_file(name))
    else:
        _copy_database(connection.settings_dict["NAME"], _template(name))


def _load(name: str) -> None:
    """Replaces the database, and the key with which its texts are sealed."""
    ContentType.objects.clear_cache()
    shutil.copy(_key_file(name), settings.INSTALLATION_KEY_FILE)
    clear_key_cache()
    if connection.vendor == "sqlite":
        _copy_file(_database_file(name), connection.settings_dict["NAME"])
    else:
        _copy_database(_template(name), connection.settings_dict["NAME"])


def _key_file(name: str) -> Path:
    return shared_folder / f"{name}.key"


def _database_file(name: str) -> Path:
    return shared_folder / f"{name}.sqlite3"


def _template(name: str) -> str:
    return f"prepared_{name.replace('-', '_')}"


def _copy_file(source: Path | str, target: Path | str) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as source_database,
        contextlib.closing(sqlite3.connect(target)) as target_database,
    ):
        source_database.backup(target_database)


def _copy_database(source: str, target: str) -> None:
    """PostgreSQL copies a database only while nobody is connected to it. Threads of a live server may still be."""
    connection.close()
    names = {"source": sql.Identifier(source), "target": sql.Identifier(target)}
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {target} WITH (FORCE)").format(**names))
        server.execute(sql.SQL("CREATE DATABASE {target} TEMPLATE {source}").format(**names))
