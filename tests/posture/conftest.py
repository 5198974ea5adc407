"""Fixtures with a demonstration for a whole module, created once because the real verbs are slow."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.demo_database import demonstration
from tests.support.made_once import Document
from tests.support.prepared_database import filled_database


@pytest.fixture(scope="module")
def demo_of_30(django_db_setup: None, django_db_blocker: Any) -> Iterator[Document]:
    yield from demo_for_a_module(django_db_blocker, organizations=30)


@pytest.fixture(scope="module")
def demo_of_60(django_db_setup: None, django_db_blocker: Any) -> Iterator[Document]:
    """With enough organisations for verdicts."""
    yield from demo_for_a_module(django_db_blocker, organizations=60)


@pytest.fixture(scope="module")
def demo_of_120(django_db_setup: None, django_db_blocker: Any) -> Iterator[Document]:
    yield from demo_for_a_module(django_db_blocker, organizations=120)


def demo_for_a_module(django_db_blocker: Any, *, organizations: int) -> Iterator[Document]:
    """Commits the demonstration, so that each test's transaction starts from it, and yields the content of its
    `demo.json`. The database is emptied after the module."""
    with (
        django_db_blocker.unblock(),
        filled_database(*demonstration(organizations=organizations)) as document,
    ):
        yield document
