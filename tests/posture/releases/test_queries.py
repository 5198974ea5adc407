"""Tests which release is shown to readers by default."""

from datetime import timedelta

import pytest

from posture.models import Release
from posture.releases.queries import latest_release_of, published_releases
from surveys.fieldwork.waves import open_wave
from tests.support.builders import NOW, small_questionnaire

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_the_newest_wave_comes_first_although_an_older_one_was_published_later() -> None:
    questionnaire = small_questionnaire()
    for number, days in enumerate((300, 100)):
        wave = open_wave(
            questionnaire,
            slug=f"wave-{days}",
            title="A wave",
            opens_at=NOW - timedelta(days=days),
            closes_at=NOW - timedelta(days=days - 10),
        )
        Release.objects.create(
            wave=wave,
            slug=wave.slug,
            title="A wave",
            status=Release.Status.PUBLISHED,
            threshold=10,
            requested_at=NOW,
            published_at=NOW - timedelta(hours=number),
            data_digest="x",
            definitions_digest="x",
        )
    assert [release.slug for release in published_releases()] == ["wave-100", "wave-300"]
    latest = latest_release_of("small")
    assert latest is not None
    assert latest.slug == "wave-100"
