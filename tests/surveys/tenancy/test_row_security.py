"""Tests row-level security of PostgreSQL with hand-written statements: it filters rows that no manager filters."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from surveys.audit import trail
from surveys.models import Membership, Organization, Response
from surveys.tenancy.organization_scope import (
    DATABASE_SETTING,
    NoOrganization,
    ScopeKind,
    _scope_set_to,
    across_organizations,
    organization_scope,
)
from surveys.tenancy.row_security import POLICY, create_policies, tenant_models
from tests.support.builders import NOW, chose, make_organization, make_response, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]

APPLICATION = "posture_application"
UNFORCED = """
    SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attname = 'organization_id'
        AND NOT (relrowsecurity AND relforcerowsecurity
            AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = pg_class.oid))
    ORDER BY relname
"""


def rows(statement: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else [cursor.rowcount]


def scope_in_database() -> str:
    return str(rows(f"SELECT current_setting('{DATABASE_SETTING}', true)")[0][0])


@pytest.fixture
def acme() -> Organization:
    wave = make_wave()
    answers = {
        "COUNT": percent(3),
        "I-R": chose("yes", basis="exported"),
        "KEYS": chose("own", basis="exported"),
    }
    for slug in ("acme", "initech"):
        organization = make_organization(slug)
        make_response(wave, organization, "engineer", answers, submit=True)
        make_user(slug, organization=organization)
        trail.note("something done", organization=organization, at=NOW)
    return Organization.objects.get(slug="acme")


@pytest.fixture
def application(acme: Organization) -> Iterator[Organization]:
    """Runs the test as the database role of the application."""
    if connection.vendor != "postgresql":
        pytest.xfail("SQLite has no roles")
    rows(f"CREATE ROLE {APPLICATION}")
    rows(f"GRANT {APPLICATION} TO CURRENT_USER")
    with override_settings(DATABASE_APPLICATION_ROLE=APPLICATION):
        create_policies(using="default")
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    rows(f"SET LOCAL ROLE {APPLICATION}")
    yield acme
    rows("RESET ROLE")


def error_of(statement: str, *values: Any) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        rows(statement, *values)
    return str(error.value)


def test_without_a_scope_no_statement_may_name_such_a_table(acme: Organization) -> None:
    """On both databases, also for joins from tables without an organisation."""
    with _scope_set_to(ScopeKind.NONE):
        for model in tenant_models():
            with pytest.raises(NoOrganization):
                rows(f"SELECT count(*) FROM {model._meta.db_table}")
        assert rows("SELECT count(*) FROM surveys_wave")[0][0] == 1


def test_the_application_role_has_no_privileges(application: Organization) -> None:
    powers = (
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    assert rows(powers) == [(False, False, False, False)]
    assert rows("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == [(0,)]


def test_no_scope_sees_nothing_and_a_scope_its_own(application: Organization) -> None:
    """Sets the scope by hand and bypasses the check of our database backend."""
    for model in tenant_models():
        table, owner = model._meta.db_table, "id" if model is Organization else "organization_id"
        count_statement = f"SELECT count(*), count(DISTINCT {owner}) FROM {table}"
        all_counts = rows(count_statement)[0]
        assert by_hand("", count_statement) == [(0, 0)], table
        assert by_hand("0", count_statement) == [(0, 0)], table
        assert by_hand("nonsense", count_statement) == [(0, 0)], table
        own_rows = by_hand(str(application.pk), f"SELECT DISTINCT {owner} FROM {table}")
        assert own_rows in ([(application.pk,)], []), table
        assert all_counts[0] == 0 or bool(own_rows) == bool(all_counts[1]), table


def by_hand(scope: str, statement: str, *values: Any) -> list[Any]:
    """Runs a statement with a scope that our backend does not know."""
    with transaction.atomic(), connection.cursor() as cursor:
        raw = cursor.connection.cursor()
        raw.execute("SELECT set_config(%s, %s, true)", [DATABASE_SETTING, scope])
        raw.execute(statement, values or None)
        fetched = raw.fetchall() if raw.description else [raw.rowcount]
        transaction.set_rollback(True)
        return list(fetched)


def test_nothing_of_others_is_written(application: Organization) -> None:
    other = Organization.objects.get(slug="initech")
    own_id, foreign = str(application.pk), other.pk
    user = make_user("new").pk
    assert by_hand(
        own_id, "UPDATE surveys_response SET source_row = 'x' WHERE organization_id = %s", foreign
    ) == [0]
    assert by_hand(own_id, "DELETE FROM surveys_membership WHERE organization_id = %s", foreign) == [0]
    insert = "INSERT INTO surveys_membership (user_id, organization_id, role, status)"
    insert += " VALUES (%s, %s, 'owner', 'active')"
    for statement, values in (
        (insert, (user, foreign)),
        ("UPDATE surveys_membership SET organization_id = %s", (foreign,)),
    ):
        with pytest.raises(Exception, match="row-level security"):
            by_hand(own_id, statement, *values)


def test_tables_are_not_the_applications_to_change(application: Organization) -> None:
    for statement in (
        "CREATE TABLE more (id bigint)",
        "ALTER TABLE surveys_answer DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE surveys_answer NO FORCE ROW LEVEL SECURITY",
        f"DROP POLICY {POLICY} ON surveys_answer",
        "DROP TABLE surveys_answer",
        "TRUNCATE surveys_answer",
        "UPDATE django_migrations SET name = name",
    ):
        assert "permission denied" in (message := error_of(statement)) or "must be owner" in message, (
            statement
        )


def test_append_only_rows_are_neither_changed_nor_removed(application: Organization) -> None:
    for statement in (
        "UPDATE surveys_auditentry SET about = 'x'",
        "DELETE FROM surveys_auditentry",
        "UPDATE surveys_answerversion SET basis = ''",
    ):
        assert "permission denied" in error_of(statement)
    trail.note("something else done", at=NOW)


def test_each_change_of_scope_is_set_in_the_database(application: Organization) -> None:
    with organization_scope(application.pk):
        assert scope_in_database() == str(application.pk)
        with across_organizations():
            assert scope_in_database() == "all"
        assert scope_in_database() == str(application.pk)
    with _scope_set_to(ScopeKind.NONE):
        assert scope_in_database() == ""


def test_the_scope_is_set_again_after_a_rollback(application: Organization) -> None:
    with organization_scope(application.pk):
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                change_scope_and_fail()
            assert scope_in_database() == str(application.pk)
    with across_organizations():
        assert Response.objects.count() == 2


@transaction.atomic
def change_scope_and_fail() -> None:
    with across_organizations():
        assert scope_in_database() == "all"
    raise ZeroDivisionError


def test_a_cursor_of_the_server_stays_in_scope(application: Organization) -> None:
    with organization_scope(application.pk):
        assert {row.organization_id for row in Membership.objects.iterator()} == {application.pk}


def test_every_table_with_an_organisation_has_a_forced_policy(acme: Organization) -> None:
    if connection.vendor != "postgresql":
        assert {model for model in apps.get_models() if model in tenant_models()}
        return
    assert rows(UNFORCED) == []
    rows("CREATE TABLE forgotten (id bigint, organization_id bigint)")
    assert rows(UNFORCED) == [("forgotten",)]
