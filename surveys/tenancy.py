"""Whose rows are in reach. Rows that belong to an organisation are read and written inside `organization_scope`;
`across_organizations` is the one name for reaching the rows of all, and a test counts who uses it.

The scope is that of the running code, never of the query that was prepared: a query that is prepared in one scope and
run in another sees what the second one may see, and without a scope it raises NoOrganization.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import wraps
from typing import ParamSpec, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

P = ParamSpec("P")
R = TypeVar("R")


class NoOrganization(RuntimeError):
    """Rows of organisations were asked for while no organisation was in scope."""


class Reach(Enum):
    NOBODY = ""
    EVERYBODY = "all"


Scope = Reach | int
_scope: ContextVar[Scope] = ContextVar("organization", default=Reach.NOBODY)


def present_scope() -> Scope:
    return _scope.get()


@contextmanager
def _within(scope: Scope) -> Iterator[None]:
    before = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(before)


@contextmanager
def organization_scope(organization_id: int) -> Iterator[None]:
    """The rows of this organisation, and of no other."""
    with _within(int(organization_id)):
        yield


@contextmanager
def across_organizations() -> Iterator[None]:
    """The rows of all organisations: for analysts, the installation's own work, and finding out whose a row is."""
    with _within(Reach.EVERYBODY):
        yield


def for_all_organizations(work: Callable[P, R]) -> Callable[P, R]:
    """The same for a whole function, such as a task."""

    @wraps(work)
    def reaching(*args: P.args, **kwargs: P.kwargs) -> R:
        with across_organizations():
            return work(*args, **kwargs)

    return reaching


def no_organization_yet(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The outermost middleware: each request begins with nobody's rows; its policy decides whose it may reach."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with _within(Reach.NOBODY):
            return get_response(request)

    return middleware
