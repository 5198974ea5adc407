"""Tests that a damaged database is recognised by the error code of the database, at any depth of causes."""

import sqlite3

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError

from posture.databases.errors import error_code, is_damage


def sqlite_error(name: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("as SQLite says it")
    error.sqlite_errorname = name
    return error


def django_error(cause: Exception) -> DatabaseError:
    error = DatabaseError("as Django says it")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.DataCorrupted(),
        psycopg.errors.IndexCorrupted(),
        sqlite_error("SQLITE_CORRUPT"),
        sqlite_error("SQLITE_CORRUPT_INDEX"),
        sqlite_error("SQLITE_NOTADB"),
    ],
)
def test_damage_is_recognised(error: Exception) -> None:
    assert is_damage(error)
    assert is_damage(django_error(error))
    assert is_damage(django_error(django_error(error)))


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.UniqueViolation(),
        psycopg.errors.AdminShutdown(),
        sqlite_error("SQLITE_BUSY"),
        sqlite_error("SQLITE_FULL"),
        IntegrityError("without a cause"),
        ValueError("of ours"),
        None,
    ],
)
def test_everything_else_is_no_damage(error: Exception | None) -> None:
    assert not is_damage(error)


def test_other_errors_have_no_code() -> None:
    assert error_code(ValueError()) == ""
