"""Tests that the demonstration gives the same numbers for the same seed."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from posture.models import Estimate

pytestmark = [pytest.mark.django_db, pytest.mark.long]

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


def test_it_is_not_seeded_twice() -> None:
    call_command("seed_demo", organizations=1, verbosity=0)
    with pytest.raises(CommandError, match="there already"):
        call_command("seed_demo", organizations=1, verbosity=0)
