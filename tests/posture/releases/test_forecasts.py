"""Tests a wave with the outcomes of the forecasts of the wave before: release, page, receipts, tables, pack."""

import csv
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoDbBlocker

from posture.accounts.tokens import create_token
from posture.definitions import forecasts
from posture.models import Release
from posture.releases.lifecycle import compute_release, publish_release, request_release, withdraw_release
from posture.releases.recomputation import recompute
from posture.stored_definitions import catalogue
from surveys.models import Organization, Wave
from tests.support.builders import (
    FORECAST_FILE,
    NOW,
    chose,
    forecasting_questionnaire,
    make_organization,
    make_response,
    make_user,
    make_wave,
    percent,
)
from tests.support.module_content import module_content

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]
COUNT = 60
FILE = forecasts.parse(FORECAST_FILE, name="forecasting.toml")


@pytest.fixture(autouse=True, scope="module")
def _definition() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "forecast_file", lambda slug: FILE if slug == "forecasting" else None)
        yield


def two_waves() -> tuple[Wave, Wave]:
    """Half state 20, half 80; the event happens to 6 and to 24 of 30 of them."""
    questionnaire = forecasting_questionnaire()
    first = make_wave(questionnaire, slug="first", is_open=False)
    Wave.objects.filter(pk=first.pk).update(opens_at=NOW - timedelta(days=100))
    second = make_wave(questionnaire, slug="second", is_open=False)
    for number in range(COUNT):
        organization: Organization = make_organization(f"organization-{number}", sector="healthcare")
        stated = 20 if number % 2 else 80
        make_response(first, organization, "executive", {"INC-F": percent(stated)}, submit=True)
        happened = (number // 2 % 5 == 0) == bool(number % 2)
        answer = {"INC": chose("yes" if happened else "no", basis="exported")}
        make_response(second, organization, "engineer", answer, submit=True)
    return first, second


def released(wave: Wave, analyst: Any, **options: Any) -> Release:
    release = request_release(wave.pk, by=analyst, at=NOW, **options)
    compute_release(release.pk, at=NOW)
    found = Release.objects.get(pk=release.pk)
    assert found.failure == ""
    publish_release(found, by=analyst, at=NOW)
    return Release.objects.get(pk=release.pk)


@pytest.fixture(scope="module")
def published(_definition: None, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with module_content(django_db_blocker):
        analyst = make_user("analyst", is_staff=True)
        first, second = two_waves()
        yield released(second, analyst, follows=released(first, analyst)).pk


@pytest.fixture
def release(published: int, db: None) -> Release:
    return Release.objects.get(pk=published)


@pytest.fixture
def analyst(release: Release) -> Any:
    return release.requested_by


def page(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_rows_are_those_of_the_two_waves_and_can_be_computed_again(release: Release) -> None:
    rows = release.estimates.filter(subject_kind="forecast", cohort="all")
    assert rows.get(statistic="stated").value == pytest.approx(50)
    assert rows.get(statistic="hit_rate").value == pytest.approx(0.5)
    assert rows.get(statistic="over_confidence").value == pytest.approx(0)
    assert rows.get(statistic="brier").value == pytest.approx(0.16)
    steps = {row.option: (row.base, row.value) for row in rows.filter(statistic="hit_rate_between")}
    assert steps == {"0-29": (30, pytest.approx(0.2)), "30-100": (30, pytest.approx(0.8))}
    assert not list(recompute(release))
    assert not release.follows.estimates.filter(subject_kind="forecast").exists()


def test_the_page_tells_them_and_every_number_has_its_receipt(release: Release) -> None:
    text = page(f"/releases/{release.slug}/change/")
    assert "Forecasts and outcomes" in text
    assert "chart-forecast-incident" in text
    assert "Expected about as often as it happened" in text or "Not clear." in text
    for row in release.estimates.filter(subject_kind="forecast"):
        assert "How likely, 0-100 %" in page(row.get_absolute_url())
    assert "Forecasts and outcomes" not in page(f"/releases/{release.follows.slug}/change/")


def test_rest_and_pack_have_the_same_rows_and_the_pack_agrees(release: Release, tmp_path: Path) -> None:
    _, text = create_token(release.requested_by, name="test", expires_at=NOW + timedelta(days=1), at=NOW)
    machine = Client(headers={"authorization": f"Bearer {text}"})
    found = machine.get("/api/v1/estimates/", {"release": release.slug, "subject_kind": "forecast"}).json()
    stored = release.estimates.filter(subject_kind="forecast")
    assert len(found["results"]) == stored.count() > 10
    with zipfile.ZipFile(io.BytesIO(bytes(release.pack.content))) as archive:
        archive.extractall(tmp_path)
    rows = csv.DictReader((tmp_path / "estimates.csv").open())
    assert sum(row["subject_kind"] == "forecast" for row in rows) == stored.count()
    assert "INC-F" in (tmp_path / "definitions" / "forecasts.json").read_text()
    commands = [
        [sys.executable, "verify.py"],
        *([["Rscript", "verify.R"]] if shutil.which("Rscript") else []),
    ]
    for command in commands:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr


def test_another_release_that_follows_the_same_one_does_not_tell_them(release: Release, analyst: Any) -> None:
    third = make_wave(forecasting_questionnaire(), slug="third", is_open=False)
    for number in range(COUNT - 10):
        organization = Organization.objects.get(slug=f"organization-{number}")
        answer = {"INC": chose("yes" if number % 3 else "no", basis="exported")}
        make_response(third, organization, "engineer", answer, submit=True)
    other = released(third, analyst, follows=release.follows)
    assert {row.status for row in other.estimates.filter(subject_kind="forecast")} == {"suppressed"}
    assert "Withheld." in page(f"/releases/{other.slug}/change/")
    assert not list(recompute(release))


def test_the_same_waves_may_be_released_again(release: Release, analyst: Any) -> None:
    withdraw_release(release, reason="A typing error in the title.", by="analyst", at=NOW)
    again = released(release.wave, analyst, follows=release.follows)
    assert again.estimates.get(statistic="over_confidence").status == "published"


def test_a_file_that_does_not_fit_its_questionnaire_is_not_loaded(tmp_path: Path, monkeypatch: Any) -> None:
    forecasting_questionnaire()
    (tmp_path / "forecasting.toml").write_text(FORECAST_FILE.replace('"INC"', '"INC-F"'))
    (tmp_path / "nothing.toml").write_text(FORECAST_FILE)
    with pytest.raises(catalogue.InvalidDefinition) as error:
        catalogue.check_forecasts(tmp_path)
    assert {problem.file for problem in error.value.errors} == {"forecasting.toml", "nothing.toml"}
    check = catalogue.check_forecasts
    monkeypatch.setattr(catalogue, "check_forecasts", lambda: check(tmp_path))
    with pytest.raises(CommandError, match=r"nothing\.toml"):
        call_command("load_definitions", verbosity=0)
    (tmp_path / "nothing.toml").unlink()
    (tmp_path / "forecasting.toml").write_text(FORECAST_FILE)
    assert check(tmp_path) == 1
