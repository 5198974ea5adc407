"""Tests that each save has exactly one effect on a network that loses responses and repeats requests."""

from random import Random

import pytest

from tests.faults.harness import options
from tests.faults.harness.installation import Template
from tests.faults.harness.killing import Verdict, verdict_of, wait_until
from tests.faults.harness.ledger import Ledger, answers_with_gaps, stored_entries
from tests.faults.harness.proxy import Proxy
from tests.faults.harness.storm import Session, storm

pytestmark = pytest.mark.long

SAVES = 1000
RUN_SECONDS = 600


def save_through_a_bad_network(
    template: Template, random: Random, *, saves: int, **settings: str
) -> tuple[Verdict, int]:
    """Returns the verdict, and the number of versions that were never acknowledged or are missing in the sequence."""
    with template.copy(**settings) as installation:
        installation.web().start()
        ledger = Ledger()
        with Proxy(installation.port, random) as proxy:
            saves_per_session = -(-saves // len(template.tokens))
            host = f"localhost:{installation.port}"
            with storm(
                template.tokens,
                lambda: proxy.port,
                host=host,
                ledger=ledger,
                random=random,
                saves=saves_per_session,
            ) as sessions:
                proxy.is_calm = False
                wait_until(lambda: _is_over(ledger, sessions), seconds=RUN_SECONDS)
        print(dict(proxy.faults), flush=True)
        history = stored_entries(installation)
        return verdict_of(installation, ledger, kills=0), len(history - set(ledger.acknowledged)) + len(
            answers_with_gaps(history)
        )


def _is_over(ledger: Ledger, sessions: list[Session]) -> bool:
    """Returns whether the run is over. A respondent whose save was refused does not continue."""
    return bool(ledger.conflicts or ledger.refused) or not any(session.is_alive() for session in sessions)


def test_every_save_has_one_effect(template: Template) -> None:
    saves = min(options.number_for(template.name, "SAVES", SAVES), 20_000)
    random = options.seeded_random(f"bad network on {template.name}")
    verdict, doubled = save_through_a_bad_network(template, random, saves=saves)
    print(f"{verdict}, versions doubled or missing {doubled}", flush=True)
    assert verdict.acknowledged >= saves
    assert (verdict.lost, verdict.conflicts, verdict.refused, doubled) == (0, 0, 0, 0)
