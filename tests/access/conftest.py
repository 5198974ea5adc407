"""Fixtures with one world for each module, and a database that is emptied at its end."""

import logging
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.access.world import World, make_canaries
from tests.support.prepared_database import filled_database


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), filled_database("canaries", make_canaries) as document:
        yield World(document)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Silences the log, because these tests cause thousands of refusals."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
