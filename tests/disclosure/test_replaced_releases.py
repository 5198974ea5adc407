"""Attacks releases that replace a withdrawn one with a further cut. In these random surveys the second release was
refused before the rules considered the knowledge of readers of the first one."""

from random import Random

import pytest

from posture.analysis.estimates.rows import PUBLISHED, Identity, identity
from posture.models import Estimate
from tests.disclosure.questions import BOUNDED, WITHHELD
from tests.disclosure.report import SMALL_GROUPS
from tests.disclosure.surveys import survey_attacked
from tests.support.builders import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.long]

# Faults of each seed before. 105: shares were exact in one release and ranges in the other. 172: the base was once
# that of
# all and once that of the others. 187: belief or evidence of pairs changed. 165: one cohort of a cut revealed the
# base of another one with 7.
SEEDS = (105, 165, 172, 187)
# The smallest share of the numbers of the first release that the second one shows as well.
LEAST_SHARE_SHOWN = 0.8


@pytest.mark.parametrize("seed", SEEDS)
def test_two_releases_reveal_no_more_together(seed: int) -> None:
    analyst = make_user("analyst", is_staff=True)
    outcome = survey_attacked(Random(seed), Random(f"answers {seed}"), f"s{seed}", analyst)
    assert outcome.refusals == []
    assert [report.slug for report in outcome.reports] == [f"s{seed}-one-r1", f"s{seed}-one-r2"]
    kinds = (*SMALL_GROUPS, BOUNDED, WITHHELD)
    assert [
        str(finding) for report in outcome.reports for finding in report.findings if finding.kind in kinds
    ] == []
    assert [fault for report in outcome.reports for fault in report.wrong] == []
    assert outcome.disagreements == []
    first_shown, second_shown = (published_identities(report.slug) for report in outcome.reports)
    assert len(first_shown & second_shown) >= LEAST_SHARE_SHOWN * len(first_shown)


def published_identities(slug: str) -> set[Identity]:
    return {identity(row) for row in Estimate.objects.filter(release__slug=slug, status=PUBLISHED)}
