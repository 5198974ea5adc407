"""Attacks the releases of the demonstration with public data only. `python -m tests.disclosure` does the same at any
size."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from posture.models import Release
from tests.disclosure.questions import BOUNDED, WITHHELD
from tests.disclosure.report import SMALL_GROUPS, Report, attack_release
from tests.disclosure.surveys import pack_disagreements
from tests.support.module_content import module_content

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

WAVES = ("ai-agent-security-2025-autumn-r1", "ai-agent-security-2026-spring-r1")


@pytest.fixture(scope="module", params=WAVES)
def report(
    request: pytest.FixtureRequest, demo_of_60: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Report]:
    with module_content(django_db_blocker):
        assert Release.objects.filter(slug=request.param, status=Release.Status.PUBLISHED).exists()
        yield attack_release(request.param)


def test_the_attack_believes_only_what_is_true(report: Report) -> None:
    assert report.wrong == []
    assert report.knowledge.determined.sum() > 1000


def test_no_group_below_the_threshold_follows(report: Report) -> None:
    assert [str(finding) for finding in report.findings if finding.kind in SMALL_GROUPS] == []


def test_no_number_that_is_withheld_or_bounded_follows(report: Report) -> None:
    assert [str(finding) for finding in report.findings if finding.kind in (BOUNDED, WITHHELD)] == []


def test_the_programs_of_the_pack_agree(report: Report) -> None:
    assert list(pack_disagreements(report.slug)) == []
