"""Content of the database that all tests of a module start from."""

import contextlib
from collections.abc import Iterator

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextlib.contextmanager
def module_content(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Gives a fixture of a module access to the database. What is written inside of the block stays until its end, and
    is then rolled back; the transaction of each test is a savepoint of it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
