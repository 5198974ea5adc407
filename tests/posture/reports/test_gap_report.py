"""Tests the gap report of a release: its headline, and that it only shows released numbers."""

import pytest
from django.test import Client

from posture.models import Release
from posture.reports.gap import GapReport, gap_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(demo_of_30: None, db: None) -> Release:
    spring = "ai-agent-security-2026-spring-r1"
    return Release.objects.select_related("wave__questionnaire").get(slug=spring)


def report(release: Release, **options: str) -> GapReport:
    found = gap_report(release, **options)
    assert found is not None
    return found


def test_the_report_has_no_number_that_was_not_released(release: Release) -> None:
    """Each number of the pairs is in the table of estimates, to the last digit."""
    released = {
        round(factor * value, 9)
        for value in release.estimates.filter(status="published").values_list("value", flat=True)
        if value is not None
        for factor in (1, 100)
    }
    values = [value for view in report(release).pairs for value in (view.belief, view.evidence, view.gap)]
    drawn = {round(value.dot.value, 9) for value in values if value.dot}
    assert len(drawn) > 20
    assert drawn <= released


def test_the_csv_is_the_released_rows(release: Release) -> None:
    lines = Client().get(f"/releases/{release.slug}/gaps.csv").content.decode().splitlines()
    pairs = release.estimates.filter(subject_kind="pair", cohort="all")
    assert len(lines) == 1 + pairs.count()


def test_the_csv_of_a_topic_has_its_pairs_only(release: Release) -> None:
    """A topic or cohort that the release does not have has no CSV."""
    path = f"/releases/{release.slug}/gaps.csv"
    questionnaire = release.wave.questionnaire.definition
    section = questionnaire.item(questionnaire.core_pairs[0].belief).section
    expected = {
        pair.code for pair in questionnaire.core_pairs if questionnaire.item(pair.belief).section == section
    }
    _, *lines = Client().get(path, {"topic": section}).content.decode().splitlines()
    assert {line.split(",")[0] for line in lines} == expected
    assert Client().get(path, {"topic": "nowhere"}).status_code == 404
    assert Client().get(path, {"cohort": "nowhere"}).status_code == 404
