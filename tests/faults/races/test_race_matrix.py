"""Races every request that changes something against every other one and against itself. There is no server error,
and the outcome is that of one after the other, or of one alone with a message for the other. `make test-faults` races
all pairs, `make test` each one with itself and some others."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import transaction

from posture.models import SavedView
from posture.views import saved_queries
from surveys.audit.trail import note
from tests.faults.harness import options
from tests.faults.races.oracle import Races, prepared
from tests.faults.races.verbs import Verb

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.long]

ROUNDS, OTHER_PAIRS = 2, 60
ALL_ROUNDS = 20
# `make test` uses the same other pairs each time, so that only `make test-faults` finds faults of new pairs.
SAMPLE = 5
# Verbs that leave nothing in a table: their precondition is in the session of one browser or in an authenticator, or
# the effect is in the session alone.
IN_THE_SESSION = {
    "POST /account/login/passkey/", "POST /account/login/second-factor/",
    "POST /account/logout/", "POST /account/password/set/", "POST /account/password/reset/<str:uidb36>/<str:key>/",
    "POST /account/address/confirm/<str:key>/", "POST /account/confirm/", "POST /account/confirm/code/",
    "POST /account/confirm/passkey/", "POST /account/app/", "POST /account/app/remove/",
    "POST /account/passkeys/add/", "POST /account/passkeys/<int:pk>/", "POST /account/passkeys/<int:pk>/remove/",
}  # fmt: skip
# One address is absent as soon as there is an admin; the other one only counts.
OTHERS_WITHOUT_EFFECT = {"POST /setup/", "POST /csp-report"}


@pytest.fixture
def prepared_races(settings: Any) -> Iterator[tuple[Races, list[Verb]]]:
    with prepared(settings) as races_and_verbs:
        yield races_and_verbs


def selected_pairs(verbs: list[Verb], random: Random) -> list[tuple[Verb, Verb]]:
    pairs = list(itertools.combinations(verbs, 2))
    if not options.on_all_databases():
        pairs = random.sample(pairs, options.number("OTHER_PAIRS", OTHER_PAIRS))
    return [*((verb, verb) for verb in verbs), *pairs]


def printed_failures(races: Races, pairs: list[tuple[Verb, Verb]], *, rounds: int) -> Iterator[str]:
    """Yields the forbidden outcomes and prints each at once, so that an interrupted run shows its results."""
    for first, second in pairs:
        for failure in races.forbidden_outcomes(first, second, rounds=rounds):
            print(failure, flush=True)
            yield failure


def test_pairs_of_requests_have_an_allowed_outcome(prepared_races: tuple[Races, list[Verb]]) -> None:
    races, verbs = prepared_races
    random = (
        options.seeded_random("races")
        if options.on_all_databases()
        else Random(options.number("SEED", SAMPLE))
    )
    rounds = options.number("ROUNDS", ALL_ROUNDS if options.on_all_databases() else ROUNDS)
    pairs = selected_pairs(verbs, random)
    failures = list(printed_failures(races, pairs, rounds=rounds))
    print(
        f"{len(verbs)} verbs, {len(pairs)} pairs, {rounds} rounds each, {len(failures)} wrong; {races.counted()}",
        flush=True,
    )
    assert failures == [], "\n".join(failures)


def test_each_verb_has_an_effect(prepared_races: tuple[Races, list[Verb]]) -> None:
    """Races of a verb without an effect would show nothing."""
    races, verbs = prepared_races
    without_effect = {verb.name for verb in verbs if races.outcome_alone(verb).is_none}
    assert without_effect == IN_THE_SESSION | OTHERS_WITHOUT_EFFECT


def test_no_verb_loses_its_effect_in_a_long_run(prepared_races: tuple[Races, list[Verb]]) -> None:
    """A sign-in is recent for five minutes, and a code is valid for fifteen."""
    races, verbs = prepared_races
    outcomes_before = {verb.name: races.outcome_in_sequence([verb]) for verb in verbs}
    machine_clock = races.clock.machine_clock
    races.clock.machine_clock = lambda: machine_clock() + timedelta(hours=12)
    assert {verb.name: races.outcome_in_sequence([verb]) for verb in verbs} == outcomes_before


BOTH_HAVE_READ = Barrier(2)


def delete_without_check(view: SavedView, *, by: Any, at: datetime) -> None:
    """Waits a second for the other request to have read the row, so that the fault does not depend on luck."""
    try:
        BOTH_HAVE_READ.wait(timeout=1)
    except BrokenBarrierError:
        BOTH_HAVE_READ.reset()
    with transaction.atomic():
        note("deleted a view", by=by, about=f"{view.questionnaire}, view {view.pk}", at=at)
        view.delete()


def test_an_action_that_is_done_twice_is_found(
    prepared_races: tuple[Races, list[Verb]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the row was read before the transaction, and no check finds that it is gone."""
    monkeypatch.setattr(saved_queries, "delete_view", delete_without_check)
    races, verbs = prepared_races
    verb = next(candidate for candidate in verbs if candidate.route.name == "posture:forget-view")
    assert races.forbidden_outcomes(verb, verb, rounds=3)
