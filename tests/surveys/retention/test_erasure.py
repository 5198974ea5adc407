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

WORDS = {"I-R": chose("yes"), "KEYS": AnswerValue(options=("other",), texts=(("other", "what acme wrote"),))}


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


def answered(wave: Wave, slug: str, role: str = "engineer", *, address: str = "") -> Response:
    organization = Organization.objects.filter(slug=slug).first() or make_organization(slug)
    return make_response(
        wave, organization, role, WORDS if role == "engineer" else {}, address=address, submit=True
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
    kept = answered(wave, "initech")
    with_other = rows()
    gone = answered(wave, "acme")
    for response in (kept, gone):
        emails.queue_invitation(response.invitation, "t" * 32, at=NOW)
    erased = erasure.erase_respondent(gone.invitation, by="operator", at=NOW)
    after = rows()
    assert after.pop("surveys.Organization") == with_other.pop("surveys.Organization") + 1
    assert after.pop("surveys.SealingKey") == with_other.pop("surveys.SealingKey") + 1
    assert after.pop("surveys.Job") == before["surveys.Job"] + 1
    assert after.pop("surveys.AuditChain") == with_other.pop("surveys.AuditChain") + 1
    with_other.pop("surveys.Job")
    # Keyed hashes of addresses, which expire within the hour.
    assert after.pop("surveys.Limit") == with_other.pop("surveys.Limit") + 2
    assert after == with_other
    assert Response.objects.get() == kept
    assert erased.counts["surveys.Answer"] == 2
    assert erased.counts["surveys.Job"] == 1


def test_an_organisation_goes_whole_with_its_people_and_its_key(wave: Wave) -> None:
    sealing.lookup_key()
    answered(wave, "initech")
    stays = make_user("stays", organization=Organization.objects.get(slug="initech"))
    before = rows()
    answered(wave, "acme")
    acme = Organization.objects.get(slug="acme")
    make_user("goes", organization=acme)
    add_member(acme, user=stays)
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
    people = {status: make_user(status, organization=acme) for status in Membership.Status.values}
    for status, person in people.items():
        add_member(initech, user=person)
        Membership.objects.filter(user=person, organization=initech).update(status=status)
    erasure.erase_organization(acme, by="operator", at=NOW)
    left = get_user_model().objects.filter(pk__in=[person.pk for person in people.values()])
    assert {person.email.partition("@")[0] for person in left} == {"active", "suspended"}


def test_a_rehearsal_counts_the_same_and_changes_nothing(wave: Wave) -> None:
    response = answered(wave, "acme")
    before = rows()
    rehearsed = erasure.erase_organization(
        response.invitation.organization, by="operator", at=NOW, is_rehearsal=True
    )
    assert rows() == before
    assert not Erasure.objects.exists()
    acme = Organization.objects.get()
    assert erasure.erase_organization(acme, by="operator", at=NOW).counts == rehearsed.counts


def test_mails_to_the_erased_leave_the_folder_and_others_stay(wave: Wave, files: Path) -> None:
    response = answered(wave, "acme", address="jo@acme.example")
    first = EmailMessage("Hello", "a link", to=["Jo <JO@acme.example>"])
    second = EmailMessage("Hello", "another link", to=["li@initech.example"])
    backend = first.get_connection()
    backend.send_messages([first, second])
    EmailMessage("Alone", "a code", to=["jo@acme.example"]).send()
    erased = erasure.erase_respondent(response.invitation, by="operator", at=NOW)
    assert erased.counts["mails"] == 2
    left = b"".join(file.read_bytes() for file in (files / "mail").glob("*"))
    assert b"another link" in left
    assert b"jo@acme.example" not in left.lower()


def test_waiting_mails_to_the_erased_are_not_sent(wave: Wave) -> None:
    response = answered(wave, "acme", address="jo@acme.example")
    emails.queue_mail(to="Jo@acme.example", subject="s", text="t", key="code:1", at=NOW)
    emails.queue_mail(to="li@acme.example", subject="s", text="t", key="code:2", at=NOW)
    erasure.erase_respondent(response.invitation, by="operator", at=NOW)
    assert [job.key for job in Job.objects.all()] == ["code:2"]


def test_the_ledger_knows_an_old_row_again_and_names_nobody(wave: Wave) -> None:
    response, other = answered(wave, "acme", address="jo@acme.example"), answered(wave, "initech")
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
    newcomer = answered(wave, "newcomer")
    again = erasure.reapply_ledger(at=NOW)
    assert {one.receipt for one in again} == {row.receipt for row in Erasure.objects.all()}
    assert list(Response.objects.all()) == [newcomer]
    assert set(Organization.objects.values_list("slug", flat=True)) == {"acme", "newcomer"}
    written = json.dumps(list(Erasure.objects.values()), default=str)
    for word in ("acme", "initech", "jo@", initech.public_id.hex, str(response.public_id)):
        assert word not in written


def test_a_number_that_is_given_again_is_not_erased_again(wave: Wave) -> None:
    """After a restore the database may give the number of an erased row to another one."""
    invitation = answered(wave, "acme").invitation
    pk, organization = invitation.pk, invitation.organization_id
    acme = Organization.objects.get()
    erasure.erase_respondent(invitation, by="operator", at=NOW)
    erasure.erase_organization(acme, by="operator", at=NOW)
    Organization.objects.bulk_create([Organization(pk=organization, name="Acme", slug="acme")])
    fresh, _ = invite(
        Organization.objects.get(), wave=wave, role="engineer", address="", at=NOW + timedelta(microseconds=1)
    )
    Invitation.objects.filter(pk=fresh.pk).update(id=pk)
    assert erasure.reapply_ledger(at=NOW) == []


def test_the_command_erases_by_either_number_and_everywhere_on_demand(wave: Wave) -> None:
    first = answered(wave, "acme", address="jo@people.example")
    second = answered(wave, "initech", address="JO@people.example")
    said = run("respondent", str(first.public_id), dry_run=True)
    assert "would be erased" in said
    assert Response.objects.count() == 2
    assert f"other invitations: {second.invitation_id}" in said
    with pytest.raises(CommandError, match="no 4711"):
        run("respondent", "4711")


def test_text_of_an_organisation_whose_key_is_lost_can_still_be_erased(wave: Wave) -> None:
    response = answered(wave, "acme")
    SealingKey.objects.all().delete()
    sealing.clear_key_cache()
    erasure.erase_respondent(response.invitation, by="operator", at=NOW)
    erasure.erase_organization(Organization.objects.get(), by="operator", at=NOW)
    assert not Organization.objects.exists()


def test_erasing_is_noted_without_names(wave: Wave) -> None:
    response = answered(wave, "acme")
    erased = erasure.erase_respondent(response.invitation, by="respondent", at=NOW)
    entry = AuditEntry.objects.get(organization__slug="acme", action="erased a respondent")
    assert (entry.actor, entry.about) == ("respondent", f"{erased.receipt}, {erased.rows} rows")
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
    done = client.post(address, {"sure": "yes"})
    assert Erasure.objects.get().receipt in done.content.decode()
    assert Erasure.objects.get().by == "respondent"
    assert not Invitation.objects.exists()
    assert Job.objects.filter(kind=erasure.CLEAR).count() == 1
    assert client.get(address).status_code == 404
    assert Client().post(f"/s/{token}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_who_does_not_own_the_tables_is_told_what_is_left() -> None:
    """PostgreSQL would only warn, and change nothing."""
    if connection.vendor != "postgresql":
        assert clear_remnants(["surveys_answer"]) == []
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE visitor")
        cursor.execute("GRANT visitor TO CURRENT_USER")
        cursor.execute("SET ROLE visitor")
        try:
            left = clear_remnants(["surveys_answer"])
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE visitor")
    assert len(left) == 2
    assert all("as its owner" in sentence for sentence in left)
