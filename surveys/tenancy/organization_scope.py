"""Limits querysets and writes to the rows of the organisation in scope.

Rows that belong to an organisation are read and written inside `organization_scope`. Only `across_organizations`
gives access to the rows of all organisations, and a test counts its uses. The scope is that of the running code, not
that of the code that built the query. A query that is built in one scope and run in another sees the rows of the
second, and without a scope raises NoOrganization.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import FullResultSet
from django.db import models
from django.db.models import F
from django.db.models.lookups import Exact
from django.http import HttpRequest
from django.http.response import HttpResponseBase

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=models.Model)


DATABASE_SETTING = "posture.organization"


class NoOrganization(RuntimeError):
    """Rows of organisations were requested while no organisation was in scope."""


class ForeignOrganization(RuntimeError):
    """A row of another organisation than the one in scope would have been written."""


class ScopeKind(Enum):
    NONE = ""
    ALL = "all"


Scope = ScopeKind | int
_scope: ContextVar[Scope] = ContextVar("organization", default=ScopeKind.NONE)


def present_scope() -> Scope:
    return _scope.get()


@contextmanager
def _scope_set_to(scope: Scope) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def organization_scope(organization_id: int) -> Iterator[None]:
    """Gives access to the rows of this organisation only."""
    with _scope_set_to(int(organization_id)):
        yield


@contextmanager
def across_organizations() -> Iterator[None]:
    """Gives access to the rows of all organisations: for analysts, jobs of the installation, and finding the owner of
    a row."""
    with _scope_set_to(ScopeKind.ALL):
        yield


def for_all_organizations(function: Callable[P, R]) -> Callable[P, R]:
    """Runs a whole function, such as a task, inside `across_organizations`."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with across_organizations():
            return function(*args, **kwargs)

    return wrapped


def clear_scope_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The outermost middleware. Each request starts without a scope; its access policy decides which rows it may
    reach."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with _scope_set_to(ScopeKind.NONE):
            return get_response(request)

    return middleware


class _InScope(Exact):
    """A filter on the scope at the time when the SQL is compiled, not when the query is built."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        scope = present_scope()
        if scope is ScopeKind.ALL:
            raise FullResultSet
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = %s", (*parameters, _organization_id(scope))


def _organization_id(scope: Scope) -> int:
    if isinstance(scope, int):
        return scope
    raise NoOrganization("No organisation is in scope: use organization_scope or across_organizations.")


@cache
def owner_column(model: type[models.Model]) -> str:
    """Returns the column that names the organisation of a row. An organisation is its own tenant."""
    names = {field.name for field in model._meta.get_fields()}
    return "organization_id" if "organization" in names else "id"


def assign_owner(model: type[M], rows: Sequence[M]) -> None:
    """Sets the organisation of new rows to that of their parents.

    Raises ForeignOrganization for rows of another organisation than the one in scope, and NoOrganization without a
    scope.
    """
    owner_field, parent_field = owner_column(model), getattr(model, "OWNED_THROUGH", None)
    for row in rows:
        if parent_field and getattr(row, owner_field) is None:
            setattr(row, owner_field, getattr(getattr(row, parent_field), owner_field, None))
    _check(model, (getattr(row, owner_field) for row in rows))


def _check(model: type[models.Model], owners: Iterable[Any]) -> None:
    scope = present_scope()
    if scope is not ScopeKind.ALL and any(
        getattr(owner, "pk", owner) != _organization_id(scope) for owner in owners
    ):
        raise ForeignOrganization(f"{model.__name__}: this row belongs to another organisation.")


class TenantQuerySet(models.QuerySet[M]):
    """A queryset that also checks writes: no row can be assigned to another organisation than the one in scope."""

    def update(self, **values: Any) -> int:
        owners = (value for name, value in values.items() if name in ("organization", "organization_id"))
        _check(self.model, owners)
        return super().update(**values)

    def _update(self, values: Any) -> int:
        _check(self.model, (value for field, _, value in values if field.name == "organization"))
        return super()._update(values)  # type: ignore[misc]

    def _insert(self, objs: Any, fields: Any, **options: Any) -> Any:
        assign_owner(self.model, objs)
        return super()._insert(objs, fields, **options)  # type: ignore[misc]

    _update.queryset_only = _insert.queryset_only = False  # type: ignore[attr-defined]


class TenantManager(models.Manager.from_queryset(TenantQuerySet)[M]):  # type: ignore[misc]
    """The manager of every model whose rows belong to one organisation, named by the field `organization`.

    Relations, saves and cascades use it too.
    """

    def contribute_to_class(self, cls: type[models.Model], name: str) -> None:
        super().contribute_to_class(cls, name)
        cls._meta.base_manager_name = name

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(_InScope(F(owner_column(self.model)), 0))
