"""Attacks releases of random questionnaires and waves with public data only. `python -m tests.disclosure --surveys N`
does the same at any size."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.disclosure.questions import BOUNDED, WITHHELD
from tests.disclosure.random_waves import CRASHED
from tests.disclosure.report import SMALL_GROUPS
from tests.disclosure.surveys import SurveyResult, survey_attacked
from tests.support.builders import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.long]

EXAMPLES, LARGEST = 6, 40


@pytest.fixture(scope="module")
def results(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[SurveyResult]]:
    results: list[SurveyResult] = []

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(st.randoms(use_true_random=False), st.integers(0, 2**32))
    def attack(shape: Random, seed: int) -> None:
        with transaction.atomic():
            analyst = make_user(f"analyst-{len(results)}", is_staff=True)
            results.append(
                survey_attacked(shape, Random(seed), f"survey-{len(results)}", analyst, largest=LARGEST)
            )
            transaction.set_rollback(True)

    with django_db_blocker.unblock():
        attack()
        yield results


def finding_lines(results: list[SurveyResult], *kinds: str) -> list[str]:
    return [
        f"{report.slug}: {finding}"
        for outcome in results
        for report in outcome.reports
        for finding in report.findings
        if finding.kind in kinds
    ]


def test_releases_are_published_and_the_attack_reads_them(results: list[SurveyResult]) -> None:
    """The relations hold for the answers, so that the conclusions of the attack are true."""
    reports = [report for outcome in results for report in outcome.reports]
    assert len(reports) >= EXAMPLES / 2, [outcome.refusals for outcome in results]
    assert [fault for report in reports for fault in report.wrong] == []
    assert sum(len(report.questions.targets()) for report in reports) > 100


def test_every_survey_can_be_released(results: list[SurveyResult]) -> None:
    """A release is refused only by a rule that names its reason."""
    crashed = [refusal for outcome in results for refusal in outcome.refusals if refusal.startswith(CRASHED)]
    assert crashed == []


def test_no_group_below_the_threshold_follows(results: list[SurveyResult]) -> None:
    assert finding_lines(results, *SMALL_GROUPS) == []


def test_no_number_that_is_withheld_or_bounded_follows(results: list[SurveyResult]) -> None:
    assert finding_lines(results, BOUNDED, WITHHELD) == []


def test_the_programs_of_the_packs_agree(results: list[SurveyResult]) -> None:
    assert [line for outcome in results for line in outcome.disagreements] == []
