"""Tests that a draft which counts a retracted answer is not published."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from posture.models import Release
from posture.releases.lifecycle import ReleaseError, publish_release
from surveys.fieldwork import invitations
from surveys.models import Invitation, Organization, Wave
from surveys.retention import erasure
from tests.posture.releases.test_lifecycle import answered_wave, computed
from tests.support.answers import correct_answers
from tests.support.builders import NOW, make_organization, make_response, make_user, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]


def withdraw(wave: Wave) -> None:
    erasure.withdraw(one_invitation(wave), at=NOW)


def revoke(wave: Wave) -> None:
    invitations.revoke(one_invitation(wave), at=NOW)


def erase(wave: Wave) -> None:
    erasure.erase_organization(one_invitation(wave).organization, by="operator", at=NOW)


def correct(wave: Wave) -> None:
    given = {"A-R": percent(90, "exported"), "COUNT": percent(9)}
    correct_answers(one_invitation(wave).response, given, at=NOW)


def answer_late(wave: Wave) -> None:
    Wave.objects.filter(pk=wave.pk).update(closes_at=NOW, closed_at=None)
    wave.refresh_from_db()
    make_response(wave, make_organization("late"), "executive", {"A-C": percent(1)}, submit=True)


def move(wave: Wave) -> None:
    Organization.objects.filter(pk=one_invitation(wave).organization_id).update(sector="retail")


def one_invitation(wave: Wave) -> Invitation:
    return Invitation.objects.filter(wave=wave, role="engineer")[0]


@pytest.mark.parametrize("change", [withdraw, revoke, erase, correct, answer_late, move])
def test_a_draft_of_other_answers_is_not_published(change: Callable[[Wave], None]) -> None:
    analyst = make_user("analyst", is_staff=True)
    wave = answered_wave(14, is_open=False)
    release = computed(wave, analyst)
    change(wave)
    with pytest.raises(ReleaseError, match="compute a new release"):
        publish_release(release, by=analyst, at=NOW)
    assert Release.objects.get(pk=release.pk).status == "draft"
    publish_release(computed(wave, analyst), by=analyst, at=NOW)


def test_the_page_says_so_and_offers_a_new_one() -> None:
    analyst = make_user("analyst", is_staff=True)
    wave = answered_wave(14, is_open=False)
    release = computed(wave, analyst)
    client = Client()
    client.force_login(analyst)
    address = f"/studio/releases/{release.slug}/"
    assert "Publish this release" in page(client, address)
    withdraw(wave)
    assert "Publish this release" not in page(client, address)
    assert "withdrawn, erased or corrected" in page(client, address)
    assert f"/studio/waves/{wave.slug}/releases/" in page(client, address)
    client.post(f"{address}publish/")
    assert Release.objects.get(pk=release.pk).status == "draft"


def page(client: Client, address: str) -> Any:
    return client.get(address).content.decode()
