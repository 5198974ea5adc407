"""Tests that each retention rule removes rows older than its limit, nothing younger, and nothing of a wave on
hold."""

import json
import os
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client

from surveys.audit import trail
from surveys.fieldwork import invitations
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.waves import close_wave, hold_wave, open_wave
from surveys.models import AnsweredRequest, AuditEntry, Invitation, Response, RetentionReport, Wave
from surveys.retention import retention_rules
from surveys.web.studio_forms import WaveForm
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
INSTANT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def folders(settings: LazySettings, tmp_path: Path) -> Path:
    settings.VAR, settings.BACKUP_DIR, settings.RETENTION_LARGEST_SHARE = tmp_path, "", 100
    (tmp_path / "log").mkdir()
    (tmp_path / "backups").mkdir()
    return tmp_path


@pytest.fixture
def wave() -> Wave:
    wave = make_wave(small_questionnaire())
    Wave.objects.filter(pk=wave.pk).update(opens_at=NOW - 4000 * DAY)
    wave.refresh_from_db()
    return wave


def response_from(wave: Wave, *, days_ago: int, submit: bool = False) -> Response:
    organization = make_organization(f"o{Invitation.objects.count()}")
    return make_response(
        wave, organization, "engineer", {"I-R": chose("no")}, at=NOW - days_ago * DAY, submit=submit
    )


@pytest.mark.parametrize(
    ("moment", "months", "expected"),
    [
        ((2026, 3, 31), 1, (2026, 2, 28)),
        ((2024, 2, 29), 12, (2023, 2, 28)),
        ((2026, 1, 15), 24, (2024, 1, 15)),
        ((2026, 1, 15), 1, (2025, 12, 15)),
    ],
)
def test_months_are_those_of_the_calendar(
    moment: tuple[int, int, int], months: int, expected: tuple[int, int, int]
) -> None:
    assert retention_rules.months_before(datetime(*moment, tzinfo=UTC), months) == datetime(
        *expected, tzinfo=UTC
    )


def test_drafts_go_ninety_days_after_their_last_answer(wave: Wave) -> None:
    old, young = response_from(wave, days_ago=91), response_from(wave, days_ago=90)
    continued = response_from(wave, days_ago=200)
    record_answers(continued, {"I-R": chose("yes")}, at=NOW - 10 * DAY)
    submitted = response_from(wave, days_ago=200, submit=True)
    assert retention_rules.apply_rules(at=NOW)["drafts"] == 1
    assert set(Response.objects.all()) == {young, continued, submitted}
    assert Invitation.objects.filter(pk=old.invitation_id).exists()


@pytest.mark.parametrize(("late", "removed"), [(-INSTANT, 0), (timedelta(0), 2)])
def test_answers_go_when_their_wave_was_kept_for_its_months(
    wave: Wave, late: timedelta, removed: int
) -> None:
    response_from(wave, days_ago=300, submit=True)
    invitations.invite(make_organization("asked"), wave=wave, role="engineer", address="a@b.example", at=NOW)
    closed = datetime(2024, 1, 15, tzinfo=UTC)
    Wave.objects.filter(pk=wave.pk).update(closed_at=closed, keep_months=12)
    assert retention_rules.apply_rules(at=datetime(2025, 1, 15, tzinfo=UTC) + late)["submitted"] == removed
    assert Invitation.objects.count() == 2 - removed


def test_a_wave_on_hold_keeps_everything(wave: Wave) -> None:
    response_from(wave, days_ago=300, submit=True)
    response_from(wave, days_ago=300)
    close_wave(wave, at=NOW - 3000 * DAY)
    hold_wave(wave, is_on_hold=True, by="test", at=NOW)
    counts = retention_rules.apply_rules(at=NOW)
    assert (counts["drafts"], counts["submitted"]) == (0, 0)
    assert Response.objects.count() == 2
    hold_wave(wave, is_on_hold=False, by="test", at=NOW)
    assert retention_rules.apply_rules(at=NOW)["submitted"] == 2


def test_synthetic_waves_are_kept(wave: Wave) -> None:
    response_from(wave, days_ago=3000, submit=True)
    response_from(wave, days_ago=3000)
    Wave.objects.filter(pk=wave.pk).update(closed_at=NOW - 3000 * DAY, is_synthetic=True)
    counts = retention_rules.apply_rules(at=NOW)
    assert (counts["drafts"], counts["submitted"]) == (0, 0)


def test_the_audit_trail_goes_from_its_beginning_and_still_verifies() -> None:
    for days in (500, 401, 399, 1):
        trail.note("something", at=NOW - days * DAY)
    assert retention_rules.apply_rules(at=NOW)["trail"] == 2
    assert AuditEntry.objects.filter(action="something").count() == 2
    assert not list(trail.flaws())


def test_requests_are_forgotten_after_a_week(wave: Wave) -> None:
    response = response_from(wave, days_ago=20)
    for number, days in enumerate((6, 8)):
        AnsweredRequest.objects.create(
            response=response,
            key=str(number),
            digest="0" * 64,
            item="I-R",
            status=200,
            outcome="{}",
            answered_at=NOW - days * DAY,
        )
    assert retention_rules.apply_rules(at=NOW)["requests"] == 1


def test_old_files_go_and_the_newest_backup_stays(folders: Path) -> None:
    for days in (100, 50, 36):
        name = (NOW - days * DAY).strftime("posture-%Y%m%dT%H%M%SZ.backup")
        (folders / "backups" / name).touch()
    for name, days in (("old.log", 31), ("young.log", 29)):
        (folders / "log" / name).touch()
        os.utime(folders / "log" / name, times=(0, (NOW - days * DAY).timestamp()))
    counts = retention_rules.apply_rules(at=NOW)
    assert (counts["backups"], counts["logs"]) == (2, 1)
    assert [path.name for path in (folders / "log").iterdir()] == ["young.log"]
    assert len(list((folders / "backups").iterdir())) == 1


def test_a_dry_run_counts_and_removes_nothing(wave: Wave, folders: Path) -> None:
    response_from(wave, days_ago=200)
    (folders / "log" / "old.log").touch()
    os.utime(folders / "log" / "old.log", times=(0, 0))
    out = StringIO()
    call_command("retention", dry_run=True, stdout=out)
    assert "Nothing was removed." in out.getvalue()
    assert Response.objects.exists()
    assert (folders / "log" / "old.log").exists()
    assert not RetentionReport.objects.exists()


def test_analysts_see_what_the_nights_removed(wave: Wave) -> None:
    response_from(wave, days_ago=200)
    retention_rules.apply_rules(at=NOW)
    assert json.loads(RetentionReport.objects.get().counts)["drafts"] == 1
    client = Client()
    client.force_login(make_user("analyst", is_staff=True))
    page = client.get("/studio/retention/").content.decode()
    assert "Answers that were never submitted: 1" in page
    client.post(f"/studio/waves/{wave.slug}/hold/", {"on": "1"})
    assert wave.title in client.get("/studio/retention/").content.decode()


def test_how_long_a_wave_is_kept_has_to_be_chosen(wave: Wave) -> None:
    form_data = {
        "questionnaire": wave.questionnaire_id,
        "title": "New",
        "slug": "new",
        "opens_at": "2026-01-01T00:00",
        "closes_at": "2026-02-01T00:00",
    }
    assert list(WaveForm(form_data).errors) == ["keep_months"]
    form = WaveForm(form_data | {"keep_months": "36"})
    assert form.is_valid()
    assert open_wave(**form.cleaned_data).keep_months == 36
