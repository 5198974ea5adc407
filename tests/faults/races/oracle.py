"""Races two requests and checks the result against the allowed ones: the result of either order, or of one request
alone where the other was answered that it came too late."""

import copy
import logging
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from surveys.audit import trail
from surveys.imports import import_spool
from surveys.imports.table_reader import bounds
from surveys.rate_limits import limits
from tests.access.bodies import send
from tests.access.effects import RANDOM_VALUES, Rows, difference, excluded_values, highest_keys, rows
from tests.faults.harness.simultaneous import send_at_once
from tests.faults.races.scene import make_scene
from tests.faults.races.snapshot import Snapshot, snapshot
from tests.faults.races.verbs import Verb, verbs

# The allowed responses to the losing request. An outdated form is 422; a page of an erased person redirects to the
# login. 429 answers a second sign-in of a person while the password of the first is checked.
TOO_LATE_STATUSES = {401, 403, 404, 409, 410, 422, 429}
# The limit for reading a file. On a busy machine it takes long, which says nothing about a pair.
PATIENCE_SECONDS = 600
LOGIN = "/account/login/"
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class RaceAnswer:
    """One response. `location` is without keys and numbers, which are new each time."""

    status: int = 0
    location: str = ""

    @property
    def is_too_late(self) -> bool:
        return self.status in TOO_LATE_STATUSES or self.location.startswith(LOGIN)


@dataclass(frozen=True)
class RaceOutcome:
    answers: tuple[RaceAnswer, ...]
    removed: Rows
    added: Rows

    @cached_property
    def effect(self) -> tuple[frozenset[Any], frozenset[Any]]:
        return frozenset(self.removed.items()), frozenset(self.added.items())

    @property
    def is_none(self) -> bool:
        return not self.removed and not self.added

    @property
    def answers_and_effect(self) -> tuple[Any, ...]:
        return self.answers, self.effect

    @property
    def statuses(self) -> tuple[int, ...]:
        return tuple(answer.status for answer in self.answers)


class ResettableClock:
    """A clock that is set to the time of the snapshot after each restore. Verbs that need a recent sign-in or a code
    keep their effect after hours of races."""

    def __init__(self) -> None:
        self.machine_clock, self.drift = timezone.now, timedelta(0)
        self.start = self.machine_clock()

    def now(self) -> datetime:
        return self.machine_clock() - self.drift

    def set_back(self) -> None:
        self.drift = self.machine_clock() - self.start


class SequentialOutcomes:
    """The outcomes of the two orders. The second order is tried only where the outcome of the first one differs."""

    def __init__(self, races: "Races", pair: tuple[Verb, Verb]) -> None:
        self.races, self.pair = races, pair

    @cached_property
    def forwards(self) -> RaceOutcome:
        return self.races.outcome_in_sequence(self.pair)

    @cached_property
    def backwards(self) -> RaceOutcome:
        """The outcome of the second order, with the responses in the order of the pair."""
        outcome = self.races.outcome_in_sequence(self.pair[::-1])
        return replace(outcome, answers=outcome.answers[::-1])

    def allows(self, outcome: RaceOutcome) -> bool:
        return (
            outcome.answers_and_effect == self.forwards.answers_and_effect
            or outcome.answers_and_effect == self.backwards.answers_and_effect
        )


class Races:
    """Runs races, each from the same state of the database."""

    def __init__(
        self, snapshot_of_scene: Snapshot, callers: dict[str, Client], clock: ResettableClock
    ) -> None:
        self.snapshot, self.callers, self.clock = snapshot_of_scene, callers, clock
        self.highest_keys, self.excluded_before = highest_keys(), excluded_values()
        self.rows_before = self._rows()
        self.outcomes_alone: dict[Verb, RaceOutcome] = {}
        self.counts: Counter[str] = Counter()

    def outcome_alone(self, verb: Verb) -> RaceOutcome:
        if verb not in self.outcomes_alone:
            self.outcomes_alone[verb] = self.outcome_in_sequence([verb])
        return self.outcomes_alone[verb]

    def outcome_in_sequence(self, verbs: Sequence[Verb]) -> RaceOutcome:
        self.restore()
        return self._outcome([answer_of(self.request(verb)()) for verb in verbs])

    def outcome_at_once(self, verbs: Sequence[Verb]) -> RaceOutcome:
        self.restore()
        answers = [RaceAnswer()] * len(verbs)

        def ask(place: int) -> Any:
            response = self.request(verbs[place])()
            answers[place] = answer_of(response)
            return response

        send_at_once([partial(ask, place) for place in range(len(verbs))])
        return self._outcome(answers)

    def forbidden_outcomes(self, first: Verb, second: Verb, *, rounds: int) -> list[str]:
        """Returns the description of each forbidden outcome."""
        pair, failures, in_turn = (first, second), list[str](), SequentialOutcomes(self, (first, second))
        for _ in range(rounds):
            outcome = self.outcome_at_once(pair)
            self.counts.update(str(status) for status in outcome.statuses)
            if any(status == 0 or status >= 500 for status in outcome.statuses):
                failures.append(f"{first.name} | {second.name}: answered {outcome.statuses}")
            elif flaws := [str(flaw) for flaw in trail.flaws()]:
                failures.append(f"{first.name} | {second.name}: {flaws}")
            elif not in_turn.allows(outcome) and not self._was_refused_too_late(outcome, pair):
                failures.append(
                    f"{first.name} | {second.name}: {outcome.answers}\n{self._description(outcome, pair)}"
                )
        return failures

    def counted(self) -> str:
        return ", ".join(f"{status}: {count}" for status, count in sorted(self.counts.items()))

    def _was_refused_too_late(self, outcome: RaceOutcome, pair: tuple[Verb, Verb]) -> bool:
        """Returns whether one request was answered that it came too late, and has no effect."""
        return any(
            outcome.answers[1 - position].is_too_late
            and outcome.answers[position] == self.outcome_alone(verb).answers[0]
            and outcome.effect == self.outcome_alone(verb).effect
            for position, verb in enumerate(pair)
        )

    def _description(self, outcome: RaceOutcome, pair: tuple[Verb, Verb]) -> str:
        sequential = self.outcome_in_sequence(pair)
        differences = [
            f"  {description}: {dict(difference)}"
            for description, difference in (
                ("gone only at once", outcome.removed - sequential.removed),
                ("gone only in turn", sequential.removed - outcome.removed),
                ("come only at once", outcome.added - sequential.added),
                ("come only in turn", sequential.added - outcome.added),
            )
            if difference
        ]
        return "\n".join(differences)

    def restore(self) -> None:
        self.snapshot.restore()
        self.clock.set_back()
        limits._local_counters._free_at.clear()

    def request(self, verb: Verb) -> Any:
        """Prepares a request with its own cookies, so that the other request does not get the cookies of its
        response."""
        client = copy.copy(self.callers[verb.caller])
        client.cookies = copy.deepcopy(client.cookies)
        body = {
            name: SimpleUploadedFile("answers.csv", value) if isinstance(value, bytes) else value
            for name, value in verb.body.items()
        }
        return partial(send, client, verb.method, verb.address, verb.route, body)

    def _outcome(self, answers: Sequence[RaceAnswer]) -> RaceOutcome:
        return RaceOutcome(tuple(answers), *difference(self.rows_before, self._rows()))

    def _rows(self) -> Rows:
        return rows(self.highest_keys, self.excluded_before)


def answer_of(response: Any) -> RaceAnswer:
    return RaceAnswer(
        response.status_code, NUMBER.sub("number", RANDOM_VALUES.sub("drawn", response.get("Location", "")))
    )


@contextmanager
def prepared(settings: Any) -> Iterator[tuple[Races, list[Verb]]]:
    """Yields the races and their verbs, and empties the folder of uploads afterwards."""
    settings.BASE_URL = "https://posture.example"
    scene = make_scene()
    all_verbs, organization = verbs(scene), scene.world.sides[0]
    callers = {verb.caller: scene.world.client(verb.caller, organization) for verb in all_verbs} | {
        "waiting": scene.waiting
    }
    logging.disable(logging.CRITICAL)
    try:
        patience = patch.object(bounds, "SECONDS", PATIENCE_SECONDS)
        with (
            snapshot() as restorable,
            patience,
            patch.object(timezone, "now", (clock := ResettableClock()).now),
        ):
            yield Races(restorable, callers, clock), all_verbs
    finally:
        logging.disable(logging.NOTSET)
        shutil.rmtree(import_spool.folder(), ignore_errors=True)
