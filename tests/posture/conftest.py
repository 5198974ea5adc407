"""A demonstration that a whole module reads: sown once, because sowing through the real verbs takes its time."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command


@pytest.fixture(scope="module")
def sown(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield from sow(django_db_blocker, organizations=30)


@pytest.fixture(scope="module")
def sown_widely(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Enough organisations for verdicts."""
    yield from sow(django_db_blocker, organizations=60)


def sow(django_db_blocker: Any, *, organizations: int) -> Iterator[None]:
    """Committed, so that each test's transaction starts from it; the database is emptied after the module."""
    with django_db_blocker.unblock():
        call_command("load_definitions", verbosity=0)
        call_command("seed_demo", organizations=organizations, verbosity=0)
        yield
        call_command("flush", verbosity=0, interactive=False)
