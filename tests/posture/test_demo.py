"""The demonstration: the same seed gives the same numbers, and every state of every page can be seen."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from posture.models import Estimate, Release
from surveys.models import Organization, Wave

pytestmark = pytest.mark.django_db

SHOWN = ("subject", "statistic", "option", "cohort", "base", "value", "ci_low", "ci_high", "status")


@pytest.fixture(autouse=True)
def definitions() -> None:
    call_command("load_definitions", verbosity=0)


def seeded(seed: int, organizations: int = 20) -> list[tuple[Any, ...]]:
    with transaction.atomic():
        call_command("seed_demo", organizations=organizations, seed=seed, verbosity=0)
        rows = list(Estimate.objects.order_by("id").values_list(*SHOWN))
        transaction.set_rollback(True)
    return rows


def test_a_seed_decides_everything() -> None:
    first = seeded(7)
    assert first == seeded(7)
    assert first != seeded(8)


def test_the_shipped_demonstration_shows_every_state() -> None:
    call_command("seed_demo", verbosity=0)
    release = Release.objects.get(slug="ai-agent-security-2026-spring-r1")
    rows = release.estimates.filter(subject_kind="pair")
    assert release.organizations == 120
    assert Wave.objects.count() == 3
    for statistic in ("gap", "over", "aligned", "under", "no_evidence", "evidence_estimated",
                      "gap_change", "gap_panel_change",
                      "single_informant_gap", "weak_evidence", "belief_dont_know", "evidence_dont_know"):  # fmt: skip
        shown = rows.filter(statistic=statistic, cohort="all", status="published")
        assert shown.exists(), statistic
    assert rows.filter(status="suppressed", cohort__startswith="sector:").exists()
    assert rows.filter(status="published", cohort__startswith="sector:").exists()
    assert all(organization.is_synthetic for organization in Organization.objects.all())


def test_it_is_not_sown_twice() -> None:
    call_command("seed_demo", organizations=1, verbosity=0)
    with pytest.raises(CommandError, match="there already"):
        call_command("seed_demo", organizations=1, verbosity=0)
