"""Tests the life cycle of a release: requested, computed, published, withdrawn, and the errors in each state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from posture.analysis.answers.wave_data import Cohort, WaveData
from posture.analysis.disclosure import suppression
from posture.analysis.estimates.reasons import Reason
from posture.explorer.saved_queries import add_cut
from posture.models import Estimate, Release
from posture.releases import computation
from posture.releases.lifecycle import (
    ReleaseError,
    compute_job_effect,
    compute_release,
    publish_release,
    request_release,
    withdraw_release,
)
from surveys.fieldwork import invitations
from surveys.models import Job, Wave
from tests.support.builders import NOW, make_organization, make_response, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]


@pytest.fixture
def analyst() -> Any:
    return make_user("analyst", is_staff=True)


def answered_wave(organizations: int = 12, **options: Any) -> Wave:
    wave = make_wave(**options)
    for number in range(organizations):
        organization = make_organization(f"organization-{number}", sector="healthcare")
        make_response(wave, organization, "executive", {"A-C": percent(80)}, submit=True)
        make_response(
            wave, organization, "engineer", {"COUNT": percent(9), "A-R": percent(50, "exported")}, submit=True
        )
    return wave


def computed(wave: Wave, analyst: Any) -> Release:
    release = request_release(wave.pk, by=analyst, at=NOW)
    assert compute_release(release.pk, at=NOW)
    return Release.objects.get(pk=release.pk)


def test_a_release_is_computed_checked_published_and_withdrawn(analyst: Any) -> None:
    release = computed(answered_wave(is_open=False), analyst)
    assert (release.status, release.organizations, release.responses) == ("draft", 12, 24)
    gap = release.estimates.get(subject="A-P", statistic="gap", cohort="all")
    assert (gap.value, gap.base) == (30, 12)
    publish_release(release, by=analyst, at=NOW)
    withdraw_release(release, reason="A mapping was wrong.", by="analyst", at=NOW)
    page = Client().get(f"/releases/{release.slug}/")
    assert page.status_code == 410
    assert b"A mapping was wrong." in page.content


def test_what_is_not_a_draft_cannot_be_published(analyst: Any) -> None:
    wave = answered_wave(1, is_open=False)
    with pytest.raises(ReleaseError, match="Only a draft"):
        publish_release(request_release(wave.pk, by=analyst, at=NOW), by=analyst, at=NOW)


def test_an_open_wave_is_not_published(analyst: Any) -> None:
    release = computed(answered_wave(1), analyst)
    with pytest.raises(ReleaseError, match="still open"):
        publish_release(release, by=analyst, at=NOW)


def test_one_published_release_for_a_wave(analyst: Any) -> None:
    wave = answered_wave(1, is_open=False)
    first, second = computed(wave, analyst), computed(wave, analyst)
    publish_release(first, by=analyst, at=NOW)
    with pytest.raises(ReleaseError, match="Withdraw that one first"):
        publish_release(second, by=analyst, at=NOW)
    withdraw_release(first, reason="Replaced.", by="analyst", at=NOW)
    publish_release(second, by=analyst, at=NOW)


def test_withdrawing_needs_a_reason(analyst: Any) -> None:
    release = computed(answered_wave(1, is_open=False), analyst)
    publish_release(release, by=analyst, at=NOW)
    with pytest.raises(ReleaseError, match="Say why"):
        withdraw_release(release, reason="  ", by="analyst", at=NOW)


def test_the_same_answers_give_the_same_digest_and_another_answer_another(analyst: Any) -> None:
    wave = answered_wave(2)
    first, second = computed(wave, analyst), computed(wave, analyst)
    assert first.data_digest == second.data_digest
    make_response(wave, make_organization("late"), "executive", {"A-C": percent(80)}, submit=True)
    assert computed(wave, analyst).data_digest != first.data_digest


def test_answers_that_are_not_submitted_do_not_count(analyst: Any) -> None:
    wave = answered_wave(2)
    make_response(wave, make_organization("hesitant"), "executive", {"A-C": percent(80)})
    assert computed(wave, analyst).organizations == 2


def test_revoked_invitations_do_not_count(analyst: Any) -> None:
    wave = answered_wave(2)
    invitations.revoke(wave.invitations.first(), at=NOW)
    assert computed(wave, analyst).responses == 3


def test_a_release_is_computed_once(analyst: Any) -> None:
    release = request_release(answered_wave(1).pk, by=analyst, at=NOW)
    assert compute_release(release.pk, at=NOW)
    assert not compute_release(release.pk, at=NOW)
    assert compute_job_effect(Job.objects.get(), at=NOW) is None, "nor by a job that was begun twice"


def test_a_failure_is_tried_again_and_then_kept(analyst: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ArithmeticError("no way")

    monkeypatch.setattr(computation.Estimates, "rows", fail)
    release = request_release(answered_wave(1).pk, by=analyst, at=NOW)
    for day in range(4):
        assert not compute_release(release.pk, at=NOW + timedelta(days=day))
        release.refresh_from_db()
        assert (release.status, release.stage) == ("waiting", "Will be tried again")
    assert not compute_release(release.pk, at=NOW + timedelta(days=4))
    release.refresh_from_db()
    assert release.status == "failed"
    assert "ArithmeticError" in release.failure
    assert not release.estimates.exists()


def test_the_request_of_a_release_and_its_job_are_written_together(analyst: Any) -> None:
    wave = answered_wave(1)
    client = Client()
    client.force_login(analyst)
    page = client.post(f"/studio/waves/{wave.slug}/releases/", follow=True)
    assert page.status_code == 200
    release = Release.objects.get()
    assert release.status == "waiting"
    assert compute_release(release.pk, at=NOW)
    release.refresh_from_db()
    assert release.status == "draft"


@pytest.mark.parametrize("wrong", [{"base": 3}, {"value": 0.0}, {"ci_low": 0.0, "ci_high": 1.0}])
def test_the_database_refuses_a_withheld_row_with_a_number(analyst: Any, wrong: dict[str, float]) -> None:
    release = computed(answered_wave(1), analyst)
    row = release.estimates.filter(status="suppressed").first()
    assert row is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Estimate.objects.filter(pk=row.pk).update(**wrong)


def test_the_threshold_is_never_below_five(analyst: Any) -> None:
    release = request_release(answered_wave(1).pk, by=analyst, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(threshold=4)


def test_a_release_from_which_somebody_follows_does_not_become_a_draft(
    analyst: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish_everything(*arguments: Any, **options: Any) -> list[Any]:
        return [replace(row, status="published", base=1) for row in estimates(*arguments, **options)]

    estimates = computation.Estimates.rows
    monkeypatch.setattr(computation.Estimates, "rows", publish_everything)
    release = computed(answered_wave(3), analyst)
    assert release.status == "failed"
    assert "organisations follow from" in release.failure
    assert not release.estimates.exists()


def test_after_a_withdrawal_nothing_is_published_that_differs_by_a_few(analyst: Any) -> None:
    wave = answered_wave(12, is_open=False)
    first = computed(wave, analyst)
    publish_release(first, by=analyst, at=NOW)
    withdraw_release(first, reason="A late answer was missing.", by="analyst", at=NOW)
    late = make_organization("late", sector="healthcare")
    make_response(wave, late, "executive", {"A-C": percent(10)}, submit=True)
    make_response(wave, late, "engineer", {"COUNT": percent(9), "A-R": percent(50)}, submit=True)
    with pytest.raises(ReleaseError, match="item A-C mean all, base 12 then and 13 now"):
        publish_release(computed(wave, analyst), by=analyst, at=NOW)


def test_after_a_withdrawal_the_same_numbers_may_be_published_again(analyst: Any) -> None:
    wave = answered_wave(12, is_open=False)
    first = computed(wave, analyst)
    publish_release(first, by=analyst, at=NOW)
    withdraw_release(first, reason="A mapping was wrong.", by="analyst", at=NOW)
    publish_release(computed(wave, analyst), by=analyst, at=NOW)


def in_sectors() -> Wave:
    """Of 50 organisations 26 are in healthcare, 14 of these in Europe; 24 in retail, 14 of these in Europe."""
    wave = make_wave(is_open=False)
    for number in range(50):
        sector, in_europe = ("healthcare", number < 14) if number < 26 else ("retail", number < 40)
        region = "europe" if in_europe else "asia-pacific"
        organization = make_organization(f"organization-{number}", sector=sector, region=region)
        make_response(wave, organization, "executive", {"A-C": percent(number)}, submit=True)
    return wave


def withdrawn(wave: Wave, analyst: Any) -> Release:
    first = computed(wave, analyst)
    publish_release(first, by=analyst, at=NOW)
    withdraw_release(first, reason="A cut was missing.", by="analyst", at=NOW)
    return first


def test_another_cut_of_the_same_answers_is_audited_with_the_withdrawn_release(analyst: Any) -> None:
    wave = in_sectors()
    withdrawn(wave, analyst)
    add_cut(wave.pk, breaks=("sector", "region"), by=analyst, at=NOW)
    second = computed(wave, analyst)
    assert second.status == "draft"
    publish_release(second, by=analyst, at=NOW)
    new = second.estimates.filter(status="published", cohort__contains="+")
    assert set(new.values_list("cohort", flat=True)) >= {"sector:healthcare+region:europe"}


def test_what_follows_only_together_with_a_withdrawn_release_fails(
    analyst: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The withdrawn release showed healthcare. The new one withholds it and shows a cohort of all healthcare but
    three."""
    wave = in_sectors()
    first = withdrawn(wave, analyst)
    shown = first.estimates.get(subject="A-C", statistic="mean", cohort="sector:healthcare")
    assert (shown.status, shown.base) == ("published", 26)
    honest = WaveData.cohorts

    def with_another_dimension(data: WaveData) -> Iterator[Cohort]:
        yield from honest(data)
        first = np.arange(50) < 23
        yield Cohort("language:first", "language", first)
        yield Cohort("language:second", "language", ~first)

    def only_first(*arguments: Any, **options: Any) -> list[Any]:
        rows = estimates(*arguments, **options)
        return [row if row.cohort == "language:first" else row.suppressed(Reason.COMPLEMENT) for row in rows]

    estimates = computation.Estimates.rows
    monkeypatch.setattr(WaveData, "cohorts", with_another_dimension)
    for rule in ("nested", "sums", "rests", "combinations"):
        monkeypatch.setattr(suppression.Search, rule, lambda _: set())
    monkeypatch.setattr(computation.Estimates, "rows", only_first)
    second = computed(wave, analyst)
    assert second.status == "failed"
    assert "3 organisations follow from" in second.failure
    assert "language:first" in second.failure
    Release.objects.filter(pk=first.pk).update(data_digest="of other answers")
    assert computed(wave, analyst).status == "draft"


def test_after_other_answers_a_cohort_of_only_one_release_is_refused(analyst: Any) -> None:
    wave = in_sectors()
    withdrawn(wave, analyst)
    for number in range(50, 62):
        late = make_organization(f"organization-{number}", sector="energy", region="north-america")
        make_response(wave, late, "executive", {"A-C": percent(50)}, submit=True)
    second = computed(wave, analyst)
    assert second.status == "draft"
    with pytest.raises(ReleaseError, match="a cohort of one of them only"):
        publish_release(second, by=analyst, at=NOW)
