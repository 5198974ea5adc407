"""Tests that no query reaches rows of another organisation, and counts the code that reaches all organisations."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.test import Client

from surveys.models import Answer, Invitation, Membership, Organization, Response, Selection
from surveys.tenancy.organization_scope import (
    ForeignOrganization,
    NoOrganization,
    ScopeKind,
    TenantManager,
    _scope_set_to,
    across_organizations,
    organization_scope,
    present_scope,
)
from tests.support.builders import chose, make_organization, make_response, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ROOT = Path(__file__).resolve().parents[3]
# The number of uses in each file that reach the rows of all organisations. A new use is a decision: record it here.
USES_ACROSS_ORGANIZATIONS = {
    "manage.py": 1,
    "posture/api/views.py": 1,
    "posture/documents/making.py": 2,
    "posture/operations/tasks.py": 1,
    "posture/operations/worker.py": 1,
    "surveys/web/access.py": 4,
    "surveys/fieldwork/invitations.py": 1,
    "surveys/imports/import_runs.py": 1,
    "surveys/people/memberships.py": 3,
    "surveys/jobs/outbox.py": 2,
    "surveys/fieldwork/queries.py": 1,
    "surveys/encryption/sealing.py": 5,
    "surveys/audit/trail.py": 1,
    "surveys/views/respondent_entry.py": 1,
    "surveys/people/account_invitations.py": 2,
    "surveys/people/share_links.py": 1,
}


def tenant_models() -> list[Any]:
    return [
        model
        for model in apps.get_models()
        if model is Organization or any(field.name == "organization" for field in model._meta.fields)
    ]


def unguarded() -> list[str]:
    return [
        model.__name__
        for model in tenant_models()
        if not isinstance(model._default_manager, TenantManager)
        or not isinstance(model._base_manager, TenantManager)
    ]


@pytest.fixture
def acme() -> Organization:
    organization = make_organization("acme")
    wave = make_wave()
    answers = {
        "COUNT": percent(3),
        "I-R": chose("yes", basis="exported"),
        "KEYS": chose("own", basis="exported"),
    }
    make_response(wave, organization, "engineer", answers)
    other = make_organization("initech")
    make_response(wave, other, "engineer", answers)
    for tenant in (organization, other):
        make_user(tenant.slug, organization=tenant)
    return organization


def test_every_model_of_an_organisation_has_the_manager() -> None:
    assert len(tenant_models()) >= 14
    assert unguarded() == []


def test_a_manager_without_filter_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = models.Manager[Any]()
    plain.model, plain.name = Answer, "objects"
    monkeypatch.setitem(Answer._meta.__dict__, "base_manager", plain)
    assert unguarded() == ["Answer"]


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
def test_without_a_scope_nothing_is_read_or_written(acme: Organization, model: Any) -> None:
    operations = (
        lambda: list(model.objects.all()),
        model.objects.count,
        model.objects.exists,
        lambda: model.objects.filter(pk=1)._raw_delete("default"),
        lambda: model._base_manager.first(),
    )
    for operation in operations:
        with _scope_set_to(ScopeKind.NONE), pytest.raises(NoOrganization):
            operation()


def test_an_organisation_reaches_its_own_rows_only(acme: Organization) -> None:
    other = Organization.objects.get(slug="initech")
    for model in (Organization, Membership, Invitation, Response, Answer, Selection):
        assert model.objects.count() >= 2
        with organization_scope(acme.pk):
            owners = {getattr(row, "organization_id", row.pk) for row in model.objects.all()}
            assert owners == {acme.pk}, model
    foreign = Response.objects.get(organization=other)
    with organization_scope(acme.pk):
        assert not Response.objects.filter(public_id=foreign.public_id).exists()
        assert list(foreign.answers.all()) == []
        assert Response.objects.filter(pk=foreign.pk).update(source_row="x") == 0
        assert Response.objects.filter(pk=foreign.pk).delete()[0] == 0
        with pytest.raises(Response.DoesNotExist):
            foreign.refresh_from_db()


def test_the_scope_is_that_of_the_running_code(acme: Organization) -> None:
    prepared = Response.objects.all()
    with organization_scope(acme.pk):
        assert [row.organization_id for row in prepared] == [acme.pk]


def test_nothing_is_written_for_another(acme: Organization) -> None:
    other = Organization.objects.get(slug="initech")
    user = make_user("new")
    membership = Membership.objects.get(organization=acme)
    with organization_scope(acme.pk):
        for operation in (
            lambda: Membership.objects.create(user=user, organization=other),
            lambda: Membership.objects.bulk_create([Membership(user=user, organization=other)]),
            lambda: Membership.objects.update(organization=other),
            lambda: Membership.objects.update(organization_id=other.pk),
            lambda: Organization.objects.create(name="New", slug="new"),
        ):
            with pytest.raises(ForeignOrganization), transaction.atomic():
                operation()
        membership.organization = other
        with pytest.raises(ForeignOrganization), transaction.atomic():
            membership.save()
    assert Membership.objects.filter(organization=other).count() == 1


def test_a_row_belongs_to_the_organisation_of_its_parent(acme: Organization) -> None:
    """For any writer, also without the managers."""
    other = Organization.objects.get(slug="initech")
    for statement in (
        "UPDATE surveys_answer SET organization_id = %s WHERE organization_id = %s",
        "UPDATE surveys_response SET organization_id = %s WHERE organization_id = %s",
        "UPDATE surveys_invitation SET organization_id = %s WHERE organization_id = %s",
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            by_hand(statement, other.pk, acme.pk)


def by_hand(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_request_begins_with_nobody_and_ends_where_it_began() -> None:
    with across_organizations():
        Client().get("/healthz")
        assert present_scope() is ScopeKind.ALL


def count_uses(text: str) -> int:
    """Counts `across_organizations()` and `for_all_organizations` as a decorator or a value."""
    return len(re.findall(r"across_organizations\(\)|@for_all_organizations|= for_all_organizations", text))


def test_code_that_reaches_all_organisations_is_listed() -> None:
    uses_by_file = Counter[str]()
    for path in [ROOT / "manage.py", *ROOT.glob("surveys/**/*.py"), *ROOT.glob("posture/**/*.py")]:
        if path.name != "organization_scope.py":
            uses_by_file[str(path.relative_to(ROOT))] += count_uses(path.read_text("utf-8"))
    assert {file: count for file, count in uses_by_file.items() if count} == USES_ACROSS_ORGANIZATIONS


def test_a_new_use_is_noticed() -> None:
    assert count_uses("    with across_organizations():\n@for_all_organizations\n") == 2
