"""Tests the standing of an organisation: on its own report only, from a published release of its closed wave."""

import pytest

from posture.models import OrganizationStanding, Release
from posture.releases.lifecycle import compute_release, request_release, withdraw_release
from posture.reports.organization import OrganizationReport, organization_report
from posture.reports.standing import NOT_YET_PUBLISHED
from surveys.fieldwork.queries import participation_of
from surveys.models import Answer, Organization, Wave
from tests.support.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(demo_of_60: None, db: None) -> Release:
    return Release.objects.get(slug="ai-agent-security-2026-spring-r1")


def report(organization: Organization, wave: Wave) -> OrganizationReport:
    participation = participation_of(organization, wave.slug, at=NOW)
    assert participation is not None
    found = organization_report(participation, at=NOW)
    assert found is not None
    return found


def test_the_score_stands_beside_the_cohort_and_the_place_is_a_band(release: Release) -> None:
    placed = OrganizationStanding.objects.filter(release=release, subject="maturity", kind="percentile")[0]
    total = report(placed.organization, release.wave).scores[-1]
    assert total.is_total
    assert 0 <= int(total.value) <= 100
    assert total.cohort.address.endswith("/score/maturity/mean/")
    assert total.cohort.text.isdigit() or total.cohort.is_withheld, "a score is no percentage"
    assert placed.band is not None
    assert placed.band % 5 == 0
    expected = f"About percentile {placed.band} ({placed.low} to {placed.high}), among {placed.peers} or more"
    assert total.standing.startswith(expected)


def test_every_organisation_with_a_score_has_one_place_for_it(release: Release) -> None:
    rows = OrganizationStanding.objects.filter(release=release, subject="maturity")
    (base,) = release.estimates.filter(subject="maturity", cohort="all").values_list("base", flat=True)
    assert rows.count() == base
    assert {row.peers for row in rows} == {(base - 1) // 5 * 5}


def test_an_answer_that_is_changed_moves_nobodys_place(release: Release) -> None:
    """A standing belongs to the release of a closed wave; in an open wave there is none to watch."""
    before = list(OrganizationStanding.objects.order_by("pk").values())
    open_wave = Wave.objects.get(releases__isnull=True)
    organization = Organization.objects.get(
        pk=Answer.objects.filter(response__invitation__wave=open_wave, response__submitted_at__isnull=False)[
            0
        ].response.invitation.organization_id
    )
    Answer.objects.filter(number__isnull=False).update(number=0)
    assert {one.standing for one in report(organization, open_wave).scores} == {NOT_YET_PUBLISHED}
    assert list(OrganizationStanding.objects.order_by("pk").values()) == before


def test_a_draft_tells_nobody_where_they_stand(release: Release) -> None:
    placed = OrganizationStanding.objects.filter(release=release, subject="maturity")[0]
    withdraw_release(release, reason="Wrong.", by="analyst", at=NOW)
    draft = request_release(release.wave_id, by=release.requested_by, at=NOW)
    compute_release(draft.pk, at=NOW)
    assert OrganizationStanding.objects.filter(release=draft, organization=placed.organization).exists()
    assert {one.standing for one in report(placed.organization, release.wave).scores} == {NOT_YET_PUBLISHED}
