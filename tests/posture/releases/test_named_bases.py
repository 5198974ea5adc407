"""Tests that every released number is true on the base of its name, as
tests/posture/analysis/release_rows/test_named_bases.py does for rows. The releases are the demonstration and a
published survey."""

import pytest
from django.core.management import call_command

from posture.analysis.answers.wave_data import WaveData
from posture.analysis.estimates.rows import COLUMNS, Row
from posture.models import Release
from posture.releases.computation import computation_of
from posture.releases.lifecycle import compute_release, publish_release, request_release
from posture.stored_definitions import catalogue
from surveys.models import Wave
from tests.posture.analysis.release_rows.named_bases import Answers, untrue
from tests.support.builders import NOW, make_user
from tests.surveys.imports.test_importer import MAPPING, REAL_FILE

pytestmark = pytest.mark.django_db


def contradictions(release: Release) -> list[str]:
    """Returns the contradictions of the stored rows."""
    computed = computation_of(release, at=NOW)
    data: WaveData = computed.microdata.data
    questionnaire = computed.facts.questionnaire
    columns = list(COLUMNS)
    stored = release.estimates.values(*columns)
    rows = [Row(**columns_of_row) for columns_of_row in stored]
    assert any(row.value is not None for row in rows)
    answers = Answers(data, questionnaire, catalogue.indicators_of(questionnaire.slug))
    return list(untrue(rows, answers))


@pytest.mark.parametrize("slug", ["ai-agent-security-2026-spring-r1", "ai-agent-security-2025-autumn-r1"])
def test_the_demonstration_tells_the_truth(slug: str, demo_of_60: None, db: None) -> None:
    assert contradictions(Release.objects.get(slug=slug)) == []


@pytest.mark.long
def test_the_release_of_a_published_file_tells_the_truth(db: None) -> None:
    call_command("load_definitions", verbosity=0)
    call_command("import_responses", REAL_FILE, mapping=MAPPING, verbosity=0)
    analyst = make_user("analyst", is_staff=True)
    release = request_release(Wave.objects.get(slug=MAPPING).pk, by=analyst, at=NOW)
    compute_release(release.pk, at=NOW)
    publish_release(release, by=analyst, at=NOW)
    assert contradictions(Release.objects.get(pk=release.pk)) == []
