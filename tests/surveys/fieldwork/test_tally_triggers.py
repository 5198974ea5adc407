"""Tests the triggers that count submitted responses and their changes, for any program that writes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from surveys.fieldwork.invitations import invite, revoke
from surveys.fieldwork.responses import submit_response
from surveys.fieldwork.tally_triggers import create_tally_triggers, drop_tally_triggers
from surveys.models import Invitation, Organization, Response, Tally, Wave
from tests.support.answers import correct_answers
from tests.support.builders import NOW, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]

FIRST, LATER = NOW - timedelta(days=5), NOW - timedelta(days=4)


def submitted_response(wave: Wave, name: str, *, submit: bool = True) -> Response:
    return make_response(
        wave, make_organization(name), "engineer", {"COUNT": percent(3)}, submit=submit, at=FIRST
    )


@pytest.fixture
def wave() -> Wave:
    wave = make_wave()
    for name in ("first", "second"):
        submitted_response(wave, name)
    return wave


def tally_of(wave: Wave) -> tuple[int, int]:
    tally = Tally.objects.get(wave=wave)
    return tally.submissions, tally.changes


def test_there_is_no_tally_before_the_first_submission() -> None:
    wave = make_wave()
    submitted_response(wave, "open", submit=False)
    assert not Tally.objects.exists()


def test_each_submission_is_counted_with_the_latest_time(wave: Wave) -> None:
    assert tally_of(wave) == (2, 0)
    late = submitted_response(wave, "late", submit=False)
    assert tally_of(wave) == (2, 0)
    submit_response(late, at=LATER)
    assert tally_of(wave) == (3, 0)
    submitted_response(wave, "imported-with-an-earlier-date")
    assert tally_of(wave) == (4, 0)
    assert Tally.objects.get().latest == LATER


def test_rows_written_in_bulk_are_all_counted(wave: Wave) -> None:
    other = make_wave(wave.questionnaire, slug="other")
    for name in ("third", "fourth", "fifth"):
        submitted_response(wave, name, submit=False)
    submitted_response(other, "elsewhere", submit=False)
    Response.objects.filter(submitted_at=None).update(submitted_at=LATER, receipt="R")
    assert (tally_of(wave), tally_of(other)) == ((5, 0), (1, 0))
    invitations = [
        invite(make_organization(name), wave=wave, role="engineer", address="", at=FIRST)[0]
        for name in ("sixth", "seventh")
    ]
    Response.objects.bulk_create(
        Response(invitation=one, started_at=FIRST, submitted_at=FIRST, receipt="R") for one in invitations
    )
    assert tally_of(wave) == (7, 0)


CHANGES: dict[str, Callable[[Response], object]] = {
    "corrected": lambda response: correct_answers(response, {"COUNT": percent(4)}, at=NOW),
    "taken back": lambda response: Response.objects.filter(pk=response.pk).update(
        submitted_at=None, receipt=""
    ),
    "dated anew": lambda response: Response.objects.filter(pk=response.pk).update(submitted_at=LATER),
    "deleted": lambda response: response.delete(),
    "deleted with its organisation": lambda response: response.invitation.organization.delete(),
    "revoked": lambda response: revoke(response.invitation, at=NOW),
    "given by another person": lambda response: Invitation.objects.filter(pk=response.invitation_id).update(
        address_digest="d" * 64
    ),
    "in another sector": lambda response: Organization.objects.filter(slug="first").update(sector="energy"),
    "of another size": lambda response: Organization.objects.filter(slug="first").update(size_band="1-49"),
    "in another region": lambda response: Organization.objects.filter(slug="first").update(region="europe"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changes_of_a_submitted_response_are_counted(
    wave: Wave, change: Callable[[Response], object]
) -> None:
    other = make_wave(wave.questionnaire, slug="other")
    submitted_response(other, "elsewhere")
    change(Response.objects.get(invitation__organization__slug="first"))
    assert (tally_of(wave), tally_of(other)) == ((2, 1), (1, 0))


def test_a_change_that_is_undone_is_noted_twice(wave: Wave) -> None:
    invitation = wave.invitations.earliest("pk")
    revoke(invitation, at=NOW)
    Invitation.objects.filter(pk=invitation.pk).update(revoked_at=None)
    assert tally_of(wave) == (2, 2)


def test_an_organisation_changes_every_wave_that_it_answered(wave: Wave) -> None:
    other = make_wave(wave.questionnaire, slug="other")
    organization = Organization.objects.get(slug="first")
    make_response(other, organization, "engineer", {}, submit=True, at=FIRST)
    organization.sector = "energy"
    organization.save()
    assert (tally_of(wave), tally_of(other)) == ((2, 1), (1, 1))


def test_other_changes_are_not_counted(wave: Wave) -> None:
    late = submitted_response(wave, "late", submit=False)
    Organization.objects.filter(slug="late").update(sector="energy")
    revoke(late.invitation, at=NOW)
    late.delete()
    Organization.objects.update(name=F("slug"), sector=F("sector"))
    Invitation.objects.update(opened_at=NOW, role=F("role"))
    Response.objects.update(source_row="1", submitted_at=F("submitted_at"))
    assert tally_of(wave) == (2, 0)


def test_migrating_leaves_the_triggers_in_place(wave: Wave) -> None:
    call_command("migrate", verbosity=0)
    submitted_response(wave, "third")
    assert tally_of(wave) == (3, 0)


def test_a_migration_counts_a_change_of_every_wave(wave: Wave) -> None:
    """SQLite works without the triggers during a migration and counts one change afterwards; PostgreSQL keeps
    them."""
    is_untracked = connection.vendor == "sqlite"
    drop_tally_triggers(using="default", plan=["a migration"])
    Response.objects.earliest("pk").delete()
    submitted_response(wave, "meanwhile")
    assert tally_of(wave) == ((2, 0) if is_untracked else (3, 1))
    create_tally_triggers(using="default", plan=["a migration"])
    assert tally_of(wave) == ((2, 1) if is_untracked else (3, 1))
    submitted_response(wave, "afterwards")
    assert tally_of(wave) == ((3, 1) if is_untracked else (4, 1))
