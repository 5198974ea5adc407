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
from tests.faults.harness.simultaneous import at_once
from tests.faults.races.scene import make_scene
from tests.faults.races.snapshot import Snapshot, snapshot
from tests.faults.races.verbs import Verb, verbs

# The allowed responses to the losing request. An outdated form is 422; a page of an erased person redirects to the
# login. 429 answers a second sign-in of a person while the password of the first is checked.
LATE = {401, 403, 404, 409, 410, 422, 429}
# The limit for reading a file. On a busy machine it takes long, which says nothing about a pair.
PATIENCE_SECONDS = 600
LOGIN = "/account/login/"
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Answer:
    """One response. `location` is without keys and numbers, which are new each time."""

    status: int = 0
    location: str = ""

    @property
    def tells_of_too_late(self) -> bool:
        return self.status in LATE or self.location.startswith(LOGIN)


@dataclass(frozen=True)
class Outcome:
    answers: tuple[Answer, ...]
    gone: Rows
    come: Rows

    @cached_property
    def effect(self) -> tuple[frozenset[Any], frozenset[Any]]:
        return frozenset(self.gone.items()), frozenset(self.come.items())

    @property
    def is_none(self) -> bool:
        return not self.gone and not self.come

    @property
    def whole(self) -> tuple[Any, ...]:
        return self.answers, self.effect

    @property
    def statuses(self) -> tuple[int, ...]:
        return tuple(answer.status for answer in self.answers)


class Clock:
    """A clock that is set to the time of the snapshot after each restore. Verbs that need a recent sign-in or a code
    keep their effect after hours of races."""

    def __init__(self) -> None:
        self.of_the_machine, self.drift = timezone.now, timedelta(0)
        self.start = self.of_the_machine()

    def now(self) -> datetime:
        return self.of_the_machine() - self.drift

    def set_back(self) -> None:
        self.drift = self.of_the_machine() - self.start


class InTurn:
    """The outcomes of the two orders. The second order is tried only where the outcome of the first one differs."""

    def __init__(self, races: "Races", pair: tuple[Verb, Verb]) -> None:
        self.races, self.pair = races, pair

    @cached_property
    def forwards(self) -> Outcome:
        return self.races.one_after_the_other(self.pair)

    @cached_property
    def backwards(self) -> Outcome:
        """The outcome of the second order, with the responses in the order of the pair."""
        outcome = self.races.one_after_the_other(self.pair[::-1])
        return replace(outcome, answers=outcome.answers[::-1])

    def could_be(self, seen: Outcome) -> bool:
        return seen.whole == self.forwards.whole or seen.whole == self.backwards.whole


class Races:
    """Runs races, each from the same state of the database."""

    def __init__(self, taken: Snapshot, callers: dict[str, Client], clock: Clock) -> None:
        self.taken, self.callers, self.clock = taken, callers, clock
        self.known, self.earlier = highest_keys(), excluded_values()
        self.before = self._rows()
        self.alone: dict[Verb, Outcome] = {}
        self.counts: Counter[str] = Counter()

    def one_alone(self, verb: Verb) -> Outcome:
        if verb not in self.alone:
            self.alone[verb] = self.one_after_the_other([verb])
        return self.alone[verb]

    def one_after_the_other(self, verbs: Sequence[Verb]) -> Outcome:
        self.restore()
        return self._outcome([answer_of(self.request(verb)()) for verb in verbs])

    def at_once(self, verbs: Sequence[Verb]) -> Outcome:
        self.restore()
        answers = [Answer()] * len(verbs)

        def ask(place: int) -> Any:
            response = self.request(verbs[place])()
            answers[place] = answer_of(response)
            return response

        at_once([partial(ask, place) for place in range(len(verbs))])
        return self._outcome(answers)

    def wrong(self, first: Verb, second: Verb, *, rounds: int) -> list[str]:
        """Returns the description of each forbidden outcome."""
        pair, found, in_turn = (first, second), list[str](), InTurn(self, (first, second))
        for _ in range(rounds):
            seen = self.at_once(pair)
            self.counts.update(str(status) for status in seen.statuses)
            if any(status == 0 or status >= 500 for status in seen.statuses):
                found.append(f"{first.name} | {second.name}: answered {seen.statuses}")
            elif flaws := [str(flaw) for flaw in trail.flaws()]:
                found.append(f"{first.name} | {second.name}: {flaws}")
            elif not in_turn.could_be(seen) and not self._lost(seen, pair):
                found.append(f"{first.name} | {second.name}: {seen.answers}\n{self._told(seen, pair)}")
        return found

    def counted(self) -> str:
        return ", ".join(f"{status}: {count}" for status, count in sorted(self.counts.items()))

    def _lost(self, seen: Outcome, pair: tuple[Verb, Verb]) -> bool:
        """Returns whether one request was answered that it came too late, and has no effect."""
        return any(
            seen.answers[1 - place].tells_of_too_late
            and seen.answers[place] == self.one_alone(verb).answers[0]
            and seen.effect == self.one_alone(verb).effect
            for place, verb in enumerate(pair)
        )

    def _told(self, seen: Outcome, pair: tuple[Verb, Verb]) -> str:
        other = self.one_after_the_other(pair)
        lines = [
            f"  {word}: {dict(difference)}"
            for word, difference in (
                ("gone only at once", seen.gone - other.gone),
                ("gone only in turn", other.gone - seen.gone),
                ("come only at once", seen.come - other.come),
                ("come only in turn", other.come - seen.come),
            )
            if difference
        ]
        return "\n".join(lines)

    def restore(self) -> None:
        self.taken.restore()
        self.clock.set_back()
        limits._buckets._free_at.clear()

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

    def _outcome(self, answers: Sequence[Answer]) -> Outcome:
        return Outcome(tuple(answers), *difference(self.before, self._rows()))

    def _rows(self) -> Rows:
        return rows(self.known, self.earlier)


def answer_of(response: Any) -> Answer:
    return Answer(
        response.status_code, NUMBER.sub("number", RANDOM_VALUES.sub("drawn", response.get("Location", "")))
    )


@contextmanager
def prepared(settings: Any) -> Iterator[tuple[Races, list[Verb]]]:
    """Yields the races and their verbs, and empties the folder of uploads afterwards."""
    settings.BASE_URL = "https://posture.example"
    scene = make_scene()
    found, mine = verbs(scene), scene.world.sides[0]
    callers = {one.caller: scene.world.client(one.caller, mine) for one in found} | {"waiting": scene.waiting}
    logging.disable(logging.CRITICAL)
    try:
        patience = patch.object(bounds, "SECONDS", PATIENCE_SECONDS)
        with snapshot() as taken, patience, patch.object(timezone, "now", (clock := Clock()).now):
            yield Races(taken, callers, clock), found
    finally:
        logging.disable(logging.NOTSET)
        shutil.rmtree(import_spool.folder(), ignore_errors=True)
