"""Compares a stored release with a fresh computation, and tests that manipulated rows are found."""

from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from posture.models import Comparison, Estimate, Release
from posture.releases.lifecycle import compute_release, request_release
from surveys.models import Answer
from tests.support.builders import NOW, make_organization, make_response, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]


@pytest.fixture
def release() -> Release:
    wave = make_wave(is_open=False)
    for number in range(12):
        acme = make_organization(f"organization-{number}", sector="healthcare")
        make_response(wave, acme, "executive", {"A-C": percent(80 + number)}, submit=True)
        make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": percent(50)}, submit=True)
    found = request_release(wave.pk, by=make_user("analyst", is_staff=True), at=NOW)
    compute_release(found.pk, at=NOW)
    return Release.objects.get(pk=found.pk)


def run(release: Release) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    with suppress(SystemExit):
        call_command("recompute", release.slug, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_what_was_not_touched_is_the_same(release: Release) -> None:
    assert run(release) == (f"{release.estimates.count()} numbers, 0 differences.\n", "")


def test_a_changed_number_is_named(release: Release) -> None:
    release.estimates.filter(subject="A-P", statistic="gap", cohort="all").update(value=99.0)
    out, err = run(release)
    assert "1 difference." in out
    assert err.startswith("pair A-P gap all, value: stored 99.0, now 35.5")


def test_a_missing_number_is_named(release: Release) -> None:
    Estimate.objects.filter(release=release, subject="A-P", statistic="gap", cohort="all").delete()
    assert "pair A-P gap all, row: stored none, now there" in run(release)[1]


def test_a_changed_verdict_is_named(release: Release) -> None:
    stored = release.comparisons.get(subject="A-P", compared_with="zero", cohort="all")
    Comparison.objects.filter(pk=stored.pk).update(verdict="lower")
    assert f"zero all pair A-P gap, verdict: stored lower, now {stored.verdict}" in run(release)[1]


def test_a_missing_comparison_is_named(release: Release) -> None:
    release.comparisons.filter(subject="A-P", compared_with="zero", cohort="all").delete()
    assert "zero all pair A-P gap, row: stored none, now there" in run(release)[1]


def test_a_changed_answer_is_named_by_the_digest_and_by_every_number_that_follows(release: Release) -> None:
    answer = Answer.objects.filter(item__code="A-C").first()
    assert answer is not None
    Answer.objects.filter(pk=answer.pk).update(number=0)
    errors = run(release)[1]
    assert f"{release.slug}, data_digest" in errors
    assert "pair A-P gap all, value" in errors


def test_what_was_never_computed_has_nothing_to_compare(release: Release) -> None:
    waiting = request_release(release.wave_id, by=release.requested_by, at=NOW)
    for slug in (waiting.slug, "nothing"):
        with pytest.raises(CommandError):
            call_command("recompute", slug)


def test_a_difference_ends_with_an_exit_code(release: Release) -> None:
    Estimate.objects.filter(release=release, status="published").update(base=1)
    with pytest.raises(SystemExit, match="1"):
        call_command("recompute", release.slug, stdout=StringIO(), stderr=StringIO())
