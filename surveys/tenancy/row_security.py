"""Row-level security on PostgreSQL, as a second layer below `organization_scope`.

Every table with rows of organisations has a policy. The application role can neither remove policies nor alter
tables. The owner of the tables creates the policies after every migration; FORCE applies them to the owner as well.
SQLite has neither roles nor policies, so only `organization_scope` protects rows there. On both databases, a
statement that names such a table while no organisation is in scope is refused.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, connections, models, transaction

from surveys.tenancy.organization_scope import DATABASE_SETTING as SETTING
from surveys.tenancy.organization_scope import (
    NoOrganization,
    ScopeKind,
    TenantManager,
    owner_column,
    present_scope,
)

POLICY = "rows_of_the_organization_in_scope"
# A sub-select, so that a statement reads the setting once and not for each row.
ALL_IN_SCOPE = f"(SELECT current_setting('{SETTING}', true) = '{ScopeKind.ALL.value}')"
ID_IN_SCOPE = (
    f"(SELECT CASE WHEN current_setting('{SETTING}', true) ~ '^[0-9]+$'"
    f" THEN current_setting('{SETTING}', true)::bigint END)"
)


def tenant_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if isinstance(model._meta.default_manager, TenantManager)]


def create_policies(*, using: str, **_: Any) -> None:
    database = connections[using]
    if database.vendor != "postgresql":
        return
    present_tables = set(database.introspection.table_names())
    for model in tenant_models():
        if model._meta.db_table in present_tables:
            with transaction.atomic(using), database.cursor() as cursor:
                _enable_row_security(cursor, model)
    role = settings.DATABASE_APPLICATION_ROLE
    if role != database.settings_dict["USER"]:
        with transaction.atomic(using):
            _grant_rights(database, role, present_tables)


def _enable_row_security(cursor: Any, model: type[models.Model]) -> None:
    """Enables row-level security on a table. The caller uses a transaction for each table, to hold no lock while
    waiting for another."""
    table, owner = model._meta.db_table, owner_column(model)
    cursor.execute(
        "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table]
    )
    if not cursor.fetchone()[0]:
        cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    cursor.execute("SELECT 1 FROM pg_policy WHERE polrelid = %s::regclass AND polname = %s", [table, POLICY])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE POLICY {POLICY} ON {table} USING ({ALL_IN_SCOPE} OR {owner} = {ID_IN_SCOPE})")


def _grant_rights(database: Any, role: str, present_tables: set[str]) -> None:
    """Grants the application role the right to read and write rows.

    Append-only rows cannot be updated, and some of them not deleted. The table of applied migrations is read-only.
    """
    quote = database.ops.quote_name
    append_only, removed_by_owner = _tables_declaring("APPEND_ONLY"), _tables_declaring("REMOVED_BY_OWNER")
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} & present_tables
    rights = {
        "SELECT, INSERT, UPDATE, DELETE": tables - append_only,
        "SELECT, INSERT, DELETE": tables & append_only - removed_by_owner,
        "SELECT, INSERT": tables & append_only & removed_by_owner,
        "SELECT": {"django_migrations"} & present_tables,
    }
    statements = [
        "GRANT USAGE ON SCHEMA public TO {role}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        *(
            f"GRANT {right} ON {', '.join(quote(table) for table in sorted(granted_tables))} TO {{role}}"
            for right, granted_tables in rights.items()
            if granted_tables
        ),
    ]
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(role=quote(role)))


def _tables_declaring(attribute: str) -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if getattr(model, attribute, False)}


def may_delete(model: type[models.Model]) -> bool:
    """Returns whether the current role may delete such rows. The application role may not if only the owner deletes
    them."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'DELETE')", [model._meta.db_table])
        return bool(cursor.fetchone()[0])


def refuse_without_scope(execute: Callable[..., Any], statement: Any, *arguments: Any) -> Any:
    """Refuses a statement that names rows of organisations without a scope, also joins and raw SQL, which use no
    manager."""
    if present_scope() is ScopeKind.NONE and _tables_of_organizations().search(str(statement)):
        raise NoOrganization("A statement names rows of organisations, and none is in scope.")
    return execute(statement, *arguments)


@cache
def _tables_of_organizations() -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(model._meta.db_table for model in tenant_models()) + r")\b")


def install_scope_check(*, connection: Any, **_: Any) -> None:
    if refuse_without_scope not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, refuse_without_scope)
