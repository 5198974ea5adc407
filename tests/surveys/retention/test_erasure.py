"""Tests that erasing a respondent or an organisation removes it from every row and file, and changes no other
data."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from surveys.audit import trail
from surveys.encryption import sealing
from surveys.fieldwork.invitations import invite
from surveys.instrument.routing import AnswerValue
from surveys.mail import emails
from surveys.models import (
    AuditEntry,
    Erasure,
    Invitation,
    Job,
    Membership,
    Organization,
    Response,
    SealingKey,
    Wave,
)
from surveys.people.memberships import add_member
from surveys.retention import erasure
from surveys.retention.database_remnants import clear_remnants
from tests.support.builders import (
    NOW,
    chose,
    make_organization,
    make_response,
    make_user,
    make_wave,
    small_questionnaire,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ANSWERS_WITH_TEXT = {
    "I-R": chose("yes"),
    "KEYS": AnswerValue(options=("other",), texts=(("other", "what acme wrote"),)),
}


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> Path:
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.INSTALLATION_KEY_FILE = tmp_path / "installation_key"
    sealing.clear_key_cache()
    return tmp_path


@pytest.fixture
def wave() -> Wave:
    return make_wave(small_questionnaire())


def submitted_response(wave: Wave, slug: str, role: str = "engineer", *, address: str = "") -> Response:
    organization = Organization.objects.filter(slug=slug).first() or make_organization(slug)
    return make_response(
        wave,
        organization,
        role,
        ANSWERS_WITH_TEXT if role == "engineer" else {},
        address=address,
        submit=True,
    )


def rows() -> dict[str, int]:
    """Counts the rows of each model, except the ledger and the trail, which grow with an erasure."""
    models = [model for model in apps.get_models() if model not in (Erasure, AuditEntry)]
    return {model._meta.label: model._default_manager.count() for model in models}


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("erase", *arguments, stdout=out, **options)
    return out.getvalue()


def test_a_respondent_goes_with_everything_and_nobody_else_does(wave: Wave) -> None:
    before = rows()
    other_response = submitted_response(wave, "initech")
    rows_with_other = rows()
    erased_response = submitted_response(wave, "acme")
    for response in (other_response, erased_response):
        emails.queue_invitation(response.invitation, "t" * 32, at=NOW)
    result = erasure.erase_respondent(erased_response.invitation, by="operator", at=NOW)
    after = rows()
    assert after.pop("surveys.Organization") == rows_with_other.pop("surveys.Organization") + 1
    assert after.pop("surveys.SealingKey") == rows_with_other.pop("surveys.SealingKey") + 1
    assert after.pop("surveys.Job") == before["surveys.Job"] + 1
    assert after.pop("surveys.AuditChain") == rows_with_other.pop("surveys.AuditChain") + 1
    rows_with_other.pop("surveys.Job")
    # Keyed hashes of addresses, which expire within the hour.
    assert after.pop("surveys.Limit") == rows_with_other.pop("surveys.Limit") + 2
    assert after == rows_with_other
    assert Response.objects.get() == other_response
    assert result.counts["surveys.Answer"] == 2
    assert result.counts["surveys.Job"] == 1


def test_an_organisation_goes_whole_with_its_people_and_its_key(wave: Wave) -> None:
    sealing.lookup_key()
    submitted_response(wave, "initech")
    remaining_user = make_user("stays", organization=Organization.objects.get(slug="initech"))
    before = rows()
    submitted_response(wave, "acme")
    acme = Organization.objects.get(slug="acme")
    make_user("goes", organization=acme)
    add_member(acme, user=remaining_user)
    add_member(acme, user=make_user("analyst", is_staff=True))
    trail.note("looked", organization=acme, at=NOW)
    trail.note("looked", at=NOW)
    erasure.erase_organization(acme, by="operator", at=NOW)
    after = rows()
    assert {label for label in after if after[label] != before[label]} <= {
        "auth.User",
        "surveys.AuditChain",
        "surveys.Tally",
        "account.EmailAddress",
    }
    assert after["auth.User"] == before["auth.User"] + 1
    assert not AuditEntry.objects.filter(organization__isnull=False).exists()
    assert not list(trail.flaws())


def test_an_invitation_elsewhere_that_nobody_accepted_keeps_no_account() -> None:
    acme, initech = make_organization("acme"), make_organization("initech")
    users = {status: make_user(status, organization=acme) for status in Membership.Status.values}
    for status, user in users.items():
        add_member(initech, user=user)
        Membership.objects.filter(user=user, organization=initech).update(status=status)
    erasure.erase_organization(acme, by="operator", at=NOW)
    remaining = get_user_model().objects.filter(pk__in=[user.pk for user in users.values()])
    assert {user.email.partition("@")[0] for user in remaining} == {"active", "suspended"}


def test_a_rehearsal_counts_the_same_and_changes_nothing(wave: Wave) -> None:
    response = submitted_response(wave, "acme")
    before = rows()
    rehearsal = erasure.erase_organization(
        response.invitation.organization, by="operator", at=NOW, is_rehearsal=True
    )
    assert rows() == before
    assert not Erasure.objects.exists()
    acme = Organization.objects.get()
    assert erasure.erase_organization(acme, by="operator", at=NOW).counts == rehearsal.counts


def test_mails_to_the_erased_leave_the_folder_and_others_stay(wave: Wave, files: Path) -> None:
    response = submitted_response(wave, "acme", address="jo@acme.example")
    first = EmailMessage("Hello", "a link", to=["Jo <JO@acme.example>"])
    second = EmailMessage("Hello", "another link", to=["li@initech.example"])
    backend = first.get_connection()
    backend.send_messages([first, second])
    EmailMessage("Alone", "a code", to=["jo@acme.example"]).send()
    result = erasure.erase_respondent(response.invitation, by="operator", at=NOW)
    assert result.counts["mails"] == 2
    remaining = b"".join(file.read_bytes() for file in (files / "mail").glob("*"))
    assert b"another link" in remaining
    assert b"jo@acme.example" not in remaining.lower()


def test_waiting_mails_to_the_erased_are_not_sent(wave: Wave) -> None:
    response = submitted_response(wave, "acme", address="jo@acme.example")
    emails.queue_mail(to="Jo@acme.example", subject="s", text="t", key="code:1", at=NOW)
    emails.queue_mail(to="li@acme.example", subject="s", text="t", key="code:2", at=NOW)
    erasure.erase_respondent(response.invitation, by="operator", at=NOW)
    assert [job.key for job in Job.objects.all()] == ["code:2"]


def test_the_ledger_knows_an_old_row_again_and_names_nobody(wave: Wave) -> None:
    response, other = (
        submitted_response(wave, "acme", address="jo@acme.example"),
        submitted_response(wave, "initech"),
    )
    invitation = response.invitation
    initech = other.invitation.organization
    old = {
        model: list(model._default_manager.filter(pk=pk).values())
        for model, pk in ((Invitation, invitation.pk), (Organization, initech.pk))
    }
    erasure.erase_respondent(invitation, by="operator", at=NOW)
    erasure.erase_organization(initech, by="operator", at=NOW)
    assert erasure.reapply_ledger(at=NOW) == []
    for model, values in old.items():
        model._default_manager.bulk_create(model(**row) for row in values)
    newcomer = submitted_response(wave, "newcomer")
    results = erasure.reapply_ledger(at=NOW)
    assert {result.receipt for result in results} == {row.receipt for row in Erasure.objects.all()}
    assert list(Response.objects.all()) == [newcomer]
    assert set(Organization.objects.values_list("slug", flat=True)) == {"acme", "newcomer"}
    ledger = json.dumps(list(Erasure.objects.values()), default=str)
    for word in ("acme", "initech", "jo@", initech.public_id.hex, str(response.public_id)):
        assert word not in ledger


def test_a_number_that_is_given_again_is_not_erased_again(wave: Wave) -> None:
    """After a restore the database may give the number of an erased row to another one."""
    invitation = submitted_response(wave, "acme").invitation
    pk, organization = invitation.pk, invitation.organization_id
    acme = Organization.objects.get()
    erasure.erase_respondent(invitation, by="operator", at=NOW)
    erasure.erase_organization(acme, by="operator", at=NOW)
    Organization.objects.bulk_create([Organization(pk=organization, name="Acme", slug="acme")])
    new_invitation, _ = invite(
        Organization.objects.get(), wave=wave, role="engineer", address="", at=NOW + timedelta(microseconds=1)
    )
    Invitation.objects.filter(pk=new_invitation.pk).update(id=pk)
    assert erasure.reapply_ledger(at=NOW) == []


def test_the_command_erases_by_either_number_and_everywhere_on_demand(wave: Wave) -> None:
    first = submitted_response(wave, "acme", address="jo@people.example")
    second = submitted_response(wave, "initech", address="JO@people.example")
    output = run("respondent", str(first.public_id), dry_run=True)
    assert "would be erased" in output
    assert Response.objects.count() == 2
    assert f"other invitations: {second.invitation_id}" in output
    with pytest.raises(CommandError, match="no 4711"):
        run("respondent", "4711")


def test_text_of_an_organisation_whose_key_is_lost_can_still_be_erased(wave: Wave) -> None:
    response = submitted_response(wave, "acme")
    SealingKey.objects.all().delete()
    sealing.clear_key_cache()
    erasure.erase_respondent(response.invitation, by="operator", at=NOW)
    erasure.erase_organization(Organization.objects.get(), by="operator", at=NOW)
    assert not Organization.objects.exists()


def test_erasing_is_noted_without_names(wave: Wave) -> None:
    response = submitted_response(wave, "acme")
    result = erasure.erase_respondent(response.invitation, by="respondent", at=NOW)
    entry = AuditEntry.objects.get(organization__slug="acme", action="erased a respondent")
    assert (entry.actor, entry.about) == ("respondent", f"{result.receipt}, {result.rows} rows")
    assert connection.vendor in ("sqlite", "postgresql")


def test_a_respondent_withdraws_on_a_page_when_they_mean_it(wave: Wave) -> None:
    invitation, token = invite(
        make_organization("acme"), wave=wave, role="engineer", address="jo@acme.example", at=NOW
    )
    client = Client()
    client.post(f"/s/{token}/")
    response = Response.objects.get(invitation=invitation)
    address = f"/respond/{response.public_id}/withdraw/"
    assert address in client.get(f"/respond/{response.public_id}/").content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 422
    assert Response.objects.exists()
    page = client.post(address, {"sure": "yes"})
    assert Erasure.objects.get().receipt in page.content.decode()
    assert Erasure.objects.get().by == "respondent"
    assert not Invitation.objects.exists()
    assert Job.objects.filter(kind=erasure.CLEAR).count() == 1
    assert client.get(address).status_code == 404
    assert Client().post(f"/s/{token}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_role_without_ownership_gets_the_remaining_tables() -> None:
    """PostgreSQL would only warn, and change nothing."""
    if connection.vendor != "postgresql":
        assert clear_remnants(["surveys_answer"]) == []
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE visitor")
        cursor.execute("GRANT visitor TO CURRENT_USER")
        cursor.execute("SET ROLE visitor")
        try:
            remaining = clear_remnants(["surveys_answer"])
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE visitor")
    assert len(remaining) == 2
    assert all("as its owner" in sentence for sentence in remaining)
