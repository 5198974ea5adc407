"""Tests the gap report of a release: its headline, and that it only shows released numbers."""

import re

import pytest
from django.test import Client

from posture.analysis.estimates.rows import NUMBERS
from posture.models import Comparison, Estimate, Release
from posture.releases.queries import cohorts_of
from posture.reports.gap import GapReport, gap_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(sown: None, db: None) -> Release:
    spring = "ai-agent-security-2026-spring-r1"
    return Release.objects.select_related("wave__questionnaire").get(slug=spring)


def report(release: Release, **options: str) -> GapReport:
    found = gap_report(release, **options)
    assert found is not None
    return found


def test_the_widest_gaps_are_clear_of_zero_and_sorted(release: Release) -> None:
    widest = report(release).widest_gaps
    assert 1 <= len(widest) <= 3
    for view in widest:
        assert view.gap.dot is not None
        assert (view.gap.dot.low or 0) > 0


def test_every_cohort_and_section_has_a_page_and_no_other(release: Release) -> None:
    sections = [one.code for one in report(release).sections]
    for query in (*({"cohort": one} for one in cohorts_of(release)), *({"section": one} for one in sections)):
        assert Client().get(f"/releases/{release.slug}/", query).status_code == 200
    for query in ({"cohort": "sector:nothing"}, {"section": "nothing"}, {"cohort": "'--"}):
        assert Client().get(f"/releases/{release.slug}/", query).status_code == 404


def test_a_cohort_without_a_clear_gap_says_so(release: Release) -> None:
    Comparison.objects.filter(compared_with="zero", verdict="higher").update(verdict="not_clear_together")
    page = Client().get(f"/releases/{release.slug}/").content.decode()
    assert "No gap is clearly above zero once all gaps are taken together" in page


def test_a_cohort_without_any_gap_says_why(release: Release) -> None:
    withheld = dict.fromkeys(NUMBERS) | {"status": "suppressed", "bound": ""}
    Estimate.objects.filter(subject_kind="pair").update(**withheld)
    empty = dict.fromkeys(("difference", "ci_low", "ci_high", "p_value", "p_adjusted"))
    pairs = Comparison.objects.filter(subject_kind="pair")
    pairs.update(verdict="", reason="withheld", breaks="", **empty)
    page = Client().get(f"/releases/{release.slug}/").content.decode()
    assert "The gaps of this cohort are withheld" in page
    assert not re.search(r"[+−]\d+ points", page)


def test_the_page_shows_no_number_that_was_not_released(release: Release) -> None:
    """Each number that a page draws is in the table of estimates, to the last digit."""
    released = {
        round(factor * value, 9)
        for value in release.estimates.filter(status="published").values_list("value", flat=True)
        if value is not None
        for factor in (1, 100)
    }
    for panel in report(release).panels:
        for trace in panel.spec["data"]:
            if trace["name"] in ("Belief", "Evidence"):
                assert {round(x, 9) for x in trace["x"]} <= released


def test_the_csv_is_the_released_rows(release: Release) -> None:
    lines = Client().get(f"/releases/{release.slug}/gaps.csv").content.decode().splitlines()
    pairs = release.estimates.filter(subject_kind="pair", cohort="all")
    assert len(lines) == 1 + pairs.count()


def test_the_csv_of_a_section_has_its_pairs_only(release: Release) -> None:
    """A section or cohort that the release does not have has no CSV."""
    path = f"/releases/{release.slug}/gaps.csv"
    questionnaire = release.wave.questionnaire.definition
    section = questionnaire.item(questionnaire.core_pairs[0].belief).section
    expected = {
        pair.code for pair in questionnaire.core_pairs if questionnaire.item(pair.belief).section == section
    }
    _, *lines = Client().get(path, {"section": section}).content.decode().splitlines()
    assert {line.split(",")[0] for line in lines} == expected
    assert Client().get(path, {"section": "nowhere"}).status_code == 404
    assert Client().get(path, {"cohort": "nowhere"}).status_code == 404
