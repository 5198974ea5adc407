"""Tests that the nightly removal waits for an operator's consent before it removes much, or when the clock is in
doubt."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from posture.operations.retention import run_retention
from surveys.models import AuditEntry, Invitation, Job, Response, RetentionReport, Wave
from surveys.retention import retention_rules
from surveys.retention.retention_guard import CLOCK, Consent, RemovalShare
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

DAY = timedelta(days=1)
LATER = NOW + 1100 * DAY


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.VAR, settings.BACKUP_DIR = tmp_path, ""


@pytest.fixture
def wave() -> Wave:
    wave = make_wave(small_questionnaire())
    Wave.objects.filter(pk=wave.pk).update(opens_at=NOW - 400 * DAY, keep_months=12)
    wave.refresh_from_db()
    return wave


def add_responses(wave: Wave, count: int, *, days_ago: int, submit: bool = True) -> None:
    for _ in range(count):
        organization = make_organization(f"o{Invitation.objects.count()}")
        at = NOW - days_ago * DAY
        make_response(wave, organization, "engineer", {"I-R": chose("no")}, at=at, submit=submit)


def newest() -> RetentionReport:
    return RetentionReport.objects.order_by("-pk")[0]


def test_a_clock_that_jumped_removes_nothing(wave: Wave) -> None:
    """From the description of an attack: the clock is 1,100 days ahead, for longer than a night takes."""
    add_responses(wave, 20, days_ago=10)
    retention_rules.apply_rules(at=NOW)
    entries = AuditEntry.objects.count()
    for night in range(3):
        assert set(retention_rules.apply_rules(at=LATER + night * DAY).values()) <= {0}
        assert list(newest().held_back) == [CLOCK]
    assert Response.objects.count() == 20
    assert AuditEntry.objects.count() >= entries
    assert retention_rules.apply_rules(at=NOW + DAY)["submitted"] == 0
    assert newest().held_back == {}


@pytest.mark.parametrize(("days", "is_held"), [(3, False), (4, True)])
def test_a_worker_may_stand_still_for_three_nights(days: int, is_held: bool) -> None:
    retention_rules.apply_rules(at=NOW)
    retention_rules.apply_rules(at=NOW + days * DAY)
    assert bool(newest().held_back) is is_held


@pytest.mark.parametrize(
    ("old", "young", "is_held"), [(1, 9, False), (1, 8, True), (2, 9, True), (0, 0, False)]
)
def test_a_tenth_may_go_by_itself(wave: Wave, old: int, young: int, is_held: bool) -> None:
    add_responses(wave, old, days_ago=91, submit=False)
    add_responses(wave, young, days_ago=1, submit=False)
    retention_rules.apply_rules(at=NOW)
    assert newest().held_back == ({"drafts": [old, old + young]} if is_held else {})
    assert Response.objects.count() == young + (old if is_held else 0)


def test_the_share_is_a_setting(wave: Wave, settings: Any) -> None:
    settings.RETENTION_LARGEST_SHARE = 50
    add_responses(wave, 1, days_ago=91, submit=False)
    add_responses(wave, 1, days_ago=1, submit=False)
    assert retention_rules.apply_rules(at=NOW)["drafts"] == 1


def test_each_rule_that_nobody_can_undo_has_a_share() -> None:
    """The other rules remove rows that are made anew, or that have no content by then."""
    rules_without_share = {rule.code for rule in retention_rules.known_rules() if rule.share is None}
    assert rules_without_share == {
        "requests",
        "sessions",
        "limits",
        "imports",
        "share_links",
        "report_files",
        "logs",
        "clear",
    }


def test_backups_stay_when_most_would_go(settings: Any) -> None:
    folder = settings.VAR / "backups"
    folder.mkdir()
    for days in range(5):
        (folder / (NOW + days * DAY).strftime("posture-%Y%m%dT%H%M%SZ.backup")).touch()
    retention_rules.apply_rules(at=NOW + 60 * DAY)
    assert newest().held_back == {"backups": [4, 5]}
    assert len(list(folder.iterdir())) == 5


def test_consent_covers_only_the_reported_numbers(wave: Wave) -> None:
    add_responses(wave, 3, days_ago=91, submit=False)
    retention_rules.apply_rules(at=NOW)
    consent = Consent.about(newest())
    add_responses(wave, 1, days_ago=91, submit=False)
    assert "drafts" not in retention_rules.apply_rules(at=NOW, consent=consent)
    assert newest().held_back == {"drafts": [4, 4]}
    assert "drafts" not in retention_rules.apply_rules(at=NOW + 2 * DAY, consent=Consent.about(newest()))
    assert retention_rules.apply_rules(at=NOW + 2 * DAY, consent=Consent.about(newest()))["drafts"] == 4


def test_an_analyst_gives_the_word_and_the_worker_removes(
    wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_responses(wave, 3, days_ago=91, submit=False)
    retention_rules.apply_rules(at=NOW)
    client = Client()
    client.force_login(make_user("analyst", is_staff=True))
    page = client.get("/studio/retention/").content.decode()
    assert "Held back until a person confirms." in page
    assert "No data was old enough." not in page
    assert "Answers that were never submitted: 3 of 3." in page
    report = newest()
    client.post("/studio/retention/", {"report": str(report.pk - 1)})
    assert not Job.objects.filter(kind=retention_rules.RETENTION).exists()
    client.post("/studio/retention/", {"report": str(report.pk)})
    client.post("/studio/retention/", {"report": str(report.pk)})
    job = Job.objects.get(kind=retention_rules.RETENTION)
    run_retention(job, at=NOW)
    assert not Response.objects.exists()
    assert AuditEntry.objects.filter(action="agreed to a removal", about="drafts").count() == 2
    assert "Waiting for your confirmation" not in client.get("/studio/retention/").content.decode()


def test_the_command_says_what_is_held_back_and_takes_a_word(
    wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    add_responses(wave, 3, days_ago=91, submit=False)
    out = StringIO()
    call_command("retention", stdout=out)
    assert "held back  Answers that were never submitted" in out.getvalue()
    call_command("retention", yes=True, stdout=out)
    assert not Response.objects.exists()


def test_a_share_of_no_rows_is_not_large() -> None:
    assert not RemovalShare(0, 0).is_large
    assert RemovalShare(1, 0).is_large
