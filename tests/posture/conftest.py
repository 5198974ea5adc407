"""A demonstration that a whole module reads: sown once, because sowing through the real verbs takes its time."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from tests.support.demo_database import sow


@pytest.fixture(scope="module")
def sown(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield from sown_for_a_module(django_db_blocker, organizations=30)


@pytest.fixture(scope="module")
def sown_widely(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Enough organisations for verdicts."""
    yield from sown_for_a_module(django_db_blocker, organizations=60)


@pytest.fixture(scope="module")
def sown_as_shipped(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield from sown_for_a_module(django_db_blocker, organizations=120)


def sown_for_a_module(django_db_blocker: Any, *, organizations: int) -> Iterator[None]:
    """Committed, so that each test's transaction starts from it; the database is emptied after the module."""
    with django_db_blocker.unblock():
        sow(organizations=organizations)
        yield
        call_command("flush", verbosity=0, interactive=False)
