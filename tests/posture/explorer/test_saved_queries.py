"""Tests saved views, and released cuts of a wave."""

import pytest

from posture.explorer.saved_queries import (
    FILTERED_BY_ANSWER,
    NOT_CROSSED,
    SavedQueryError,
    add_cut,
    cut_refusal,
    delete_view,
    remove_cut,
    save_view,
)
from posture.models import Release, ReleasedCut, SavedView
from posture.releases.lifecycle import compute_release, request_release
from tests.support.builders import NOW, make_organization, make_response, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_view_is_saved_once_per_name_and_never_overwritten() -> None:
    analyst = make_user("analyst", is_staff=True)
    view = save_view("small", name="  Sectors ", address="by=sector", by=analyst, at=NOW)
    assert (view.name, view.address) == ("Sectors", "by=sector")
    assert save_view("small", name="Sectors", address="by=sector", by=analyst, at=NOW) == view
    with pytest.raises(SavedQueryError, match="already"):
        save_view("small", name="Sectors", address="by=region", by=analyst, at=NOW)
    save_view("other", name="Sectors", address="by=region", by=analyst, at=NOW)
    delete_view(view, by="analyst", at=NOW)
    assert SavedView.objects.values_list("questionnaire", flat=True).get() == "other"


@pytest.mark.parametrize(("name", "reason"), [("  ", "name"), ("x" * 101, "at most 100")])
def test_a_view_needs_a_name_of_valid_length(name: str, reason: str) -> None:
    with pytest.raises(SavedQueryError, match=reason):
        save_view("small", name=name, address="", by=make_user("analyst", is_staff=True), at=NOW)


def test_only_two_cohort_dimensions_make_a_cut() -> None:
    assert cut_refusal(("region", "sector"), by_answer=False) == ""
    assert cut_refusal(("sector",), by_answer=False) == NOT_CROSSED
    assert cut_refusal((), by_answer=False) == NOT_CROSSED
    assert cut_refusal(("sector", "wave"), by_answer=False) == NOT_CROSSED
    assert cut_refusal(("sector", "region"), by_answer=True) == FILTERED_BY_ANSWER


@pytest.mark.long
def test_a_cut_is_in_the_next_release_of_its_wave_and_not_in_an_earlier_one() -> None:
    analyst, wave = make_user("analyst", is_staff=True), make_wave(is_open=False)
    for number in range(44):
        sector, region = ("retail", "energy")[number % 2], ("europe", "asia-pacific")[number // 2 % 2]
        organization = make_organization(f"org-{number}", sector=sector, region=region)
        make_response(wave, organization, "executive", {"A-C": percent(50 + number)}, submit=True)

    def cohorts() -> set[str]:
        release = request_release(wave.pk, by=analyst, at=NOW)
        compute_release(release.pk, at=NOW)
        stored = Release.objects.get(pk=release.pk)
        assert stored.status == Release.Status.DRAFT, stored.failure
        return set(stored.estimates.values_list("cohort", flat=True))

    crossed = "sector:energy+region:asia-pacific"
    assert crossed not in cohorts()
    cut = add_cut(wave.pk, breaks=("region", "sector"), by=analyst, at=NOW)
    assert add_cut(wave.pk, breaks=("sector", "region"), by=analyst, at=NOW) == cut, "the order says nothing"
    assert crossed in cohorts()
    remove_cut(cut, by="analyst", at=NOW)
    assert crossed not in cohorts()
    assert not ReleasedCut.objects.exists()
