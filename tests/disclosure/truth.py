"""Reads the raw answers of a wave from the database, to confirm the findings of the attack and to measure their
size."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from surveys.instrument.cohorts import ALL, CROSSED, DIMENSIONS, NOT_STATED, cohort_values
from surveys.models import Answer, Response, Selection
from tests.disclosure.questionnaire import NOT_APPLICABLE, SUBSTANTIVE, WORTHS, Definitions, Item
from tests.disclosure.scores import COUNTED, LEFT_OUT, OPEN, has_score
from tests.disclosure.variables import Condition, Variable

Mask = np.ndarray
GAVE = ("answered", "dont_know", "no_evidence", "declined")


class TrueAnswers:
    """The answers after routing: one column for each item over the organisations with a submitted response."""

    def __init__(self, wave: int, definitions: Definitions) -> None:
        self.definitions = definitions
        rows = Response.objects.filter(
            invitation__wave_id=wave, invitation__revoked_at=None, submitted_at__isnull=False
        ).values_list(
            "pk", "invitation__organization_id", "invitation__role", "invitation__address_digest",
            *(f"invitation__organization__{dimension.code}" for dimension in DIMENSIONS),
        )  # fmt: skip
        responses = {row[0]: row for row in rows}
        self.organizations = sorted({row[1] for row in responses.values()})
        place = {key: number for number, key in enumerate(self.organizations)}
        self.size = len(self.organizations)
        self.segments = {
            dimension.code: np.full(self.size, NOT_STATED, dtype=object) for dimension in DIMENSIONS
        }
        self.roles: dict[str, Mask] = defaultdict(lambda: np.zeros(self.size, dtype=bool))
        self.people = {}
        for key, organization, role, digest, *segments in responses.values():
            self.roles[role][place[organization]] = True
            self.people[key] = digest or f"response {key}"
            for dimension, value in zip(DIMENSIONS, segments, strict=True):
                self.segments[dimension.code][place[organization]] = value or NOT_STATED
        self._read_answers(responses, place)
        self._derive_states()
        self._masks: dict[Condition, Mask] = {}

    def _read_answers(self, responses: Mapping[int, Any], place: Mapping[int, int]) -> None:
        """Uses the answer that was saved first."""
        options_of_answer: dict[int, set[str]] = defaultdict(set)
        for answer, option in Selection.objects.filter(answer__response__in=list(responses)).values_list(
            "answer_id", "option__code"
        ):
            options_of_answer[answer].add(option)
        self.codes: dict[str, list[frozenset[str]]] = defaultdict(lambda: [frozenset()] * self.size)
        self.number: dict[str, np.ndarray] = defaultdict(lambda: np.full(self.size, np.nan))
        self.basis: dict[str, np.ndarray] = defaultdict(lambda: np.full(self.size, "", dtype=object))
        self.informant: dict[str, np.ndarray] = defaultdict(lambda: np.full(self.size, "", dtype=object))
        self.has_answer: dict[str, Mask] = defaultdict(lambda: np.zeros(self.size, dtype=bool))
        rows = Answer.objects.filter(response__in=list(responses)).order_by("saved_at", "pk")
        for key, response, item, option, number, basis in rows.values_list(
            "pk", "response_id", "item__code", "option__code", "number", "basis"
        ):
            unit = place[responses[response][1]]
            if self.has_answer[item][unit]:
                continue
            self.has_answer[item][unit] = True
            self.codes[item][unit] = frozenset([option] if option else options_of_answer[key])
            if number is not None:
                self.number[item][unit] = number
            self.basis[item][unit] = basis
            self.informant[item][unit] = self.people[response]

    def _derive_states(self) -> None:
        self.state: dict[str, np.ndarray] = {}
        closed = {item.code: self.closed(item) for item in self.definitions.items.values()}
        for item in self.definitions.items.values():
            meaning = {code: answer_meanings for code, answer_meanings, _ in item.options}
            is_asked = np.ones(self.size, dtype=bool) if item.role == "any" else self.roles[item.role]
            states = np.where(is_asked, "blank", "no_respondent").astype(object)
            for unit in np.flatnonzero(self.has_answer[item.code]):
                answer_meanings = {meaning.get(code, SUBSTANTIVE) for code in self.codes[item.code][unit]}
                special = next(
                    (found_meaning for found_meaning in answer_meanings if found_meaning != SUBSTANTIVE),
                    "answered",
                )
                states[unit] = special
            states[closed[item.code]] = "routed_out"
            self.state[item.code] = states

    def closed(self, item: Item) -> Mask:
        gate = item.gate
        is_closed = np.zeros(self.size, dtype=bool)
        if not gate:
            return is_closed
        if gate.get("not_equal") is not None:
            return self.number[gate["item"]] == gate["not_equal"]
        opening = set(gate["any_of"])
        codes, numbers = self.codes[gate["item"]], self.number[gate["item"]]
        has_answer = [
            bool(chosen) or not np.isnan(number) for chosen, number in zip(codes, numbers, strict=True)
        ]
        return np.array(
            [
                is_answered and not opening & chosen
                for is_answered, chosen in zip(has_answer, codes, strict=True)
            ],
            dtype=bool,
        )

    # Cohorts.

    def members(self, cohort: str) -> Mask:
        is_member = np.ones(self.size, dtype=bool)
        for part in cohort.split(CROSSED) if cohort != ALL else ():
            dimension = part.partition(":")[0]
            is_member &= np.isin(self.segments[dimension].astype(str), cohort_values(part))
        return is_member

    # Variables.

    def vector(self, variable: Variable) -> np.ndarray:
        inside = np.ones(self.size, dtype=bool)
        for condition in variable.conditions:
            inside = inside & self.mask(condition)
        if not variable.weight:
            return inside.astype(float)
        return np.where(inside, np.nan_to_num(self._weight(variable.weight)), 0.0)

    def group(self, variable: Variable) -> Mask:
        return self.vector(Variable(variable.conditions)) > 0

    def mask(self, condition: Condition) -> Mask:
        if condition not in self._masks:
            self._masks[condition] = self._mask(condition)
        return self._masks[condition]

    def _mask(self, condition: Condition) -> Mask:
        name, subject, *more = condition
        if subject in self.definitions.items:
            return self._of_item(name, self.definitions.items[subject], more)
        for pair in self.definitions.pairs:
            if pair["code"] == subject and name not in ("pattern", "scored", "unscored"):
                return self._of_pair(name, pair, more)
        if name in ("asked", "closed"):
            return self._of_gate(condition)
        domain = next(definition for definition in self.definitions.domains if definition["code"] == subject)
        return self._of_domain(name, domain, more)

    def chose(self, item: str, codes: Iterable[str]) -> Mask:
        code_set = set(codes)
        is_chosen = np.array([bool(code_set & chosen_codes) for chosen_codes in self.codes[item]], dtype=bool)
        return is_chosen & (self.state[item] != "routed_out")

    def is_in(self, item: str, *states: str) -> Mask:
        return np.isin(self.state[item].astype(str), states)

    def _of_item(self, name: str, item: Item, more: list[str]) -> Mask:
        code = item.code
        answered, number = self.is_in(code, "answered"), self.number[code]
        guessed = np.isin(self.basis[code].astype(str), self.definitions.estimated)
        match name:
            case "gave":
                return self.is_in(code, *GAVE)
            case "answered":
                return answered
            case "chose":
                return self.chose(code, more)
            case "state":
                return self.is_in(code, more[0])
            case "recorded":
                return answered & ~guessed
            case "estimated":
                return answered & guessed
            case "below":
                return answered & (number < float(more[0]))
            case "at":
                return answered & (number == float(more[0]))
            case "above":
                return answered & (number > float(more[0]))
        return self.is_in(code, name)

    def _of_gate(self, condition: Condition) -> Mask:
        name, subject, *more = condition
        gate = more[0] if name == "asked" else subject
        item, limit, *codes = (gate or "||").split("|")
        rule = (
            {"item": item, "not_equal": None if limit == "None" else int(limit), "any_of": codes}
            if gate
            else {}
        )
        is_closed = self.closed(Item("", "", "", (), rule, False, None, None))
        if name == "closed":
            return is_closed
        is_asked = np.ones(self.size, dtype=bool) if subject == "any" else self.roles[subject]
        return is_asked & ~is_closed

    def _of_pair(self, name: str, pair: Mapping[str, Any], more: list[str]) -> Mask:
        belief, evidence = pair["belief"], pair["evidence"]
        has_belief, has_evidence = self.is_in(belief, "answered"), self.is_in(evidence, "answered")
        guessed = has_evidence & np.isin(self.basis[evidence].astype(str), self.definitions.estimated)
        unknown = self.is_in(evidence, "dont_know", "no_evidence")
        alone = has_belief & has_evidence & ~guessed & (self.informant[belief] == self.informant[evidence])
        complete = has_belief & has_evidence & ~guessed & ~alone
        gap = self._half(pair, "belief") - self._half(pair, "evidence")
        gap = -gap if pair["gap"] in ("informant", "ordinal_time") else gap
        limit = 10 if pair["gap"] == "percent" else 0
        match name:
            case "complete":
                return complete
            case "alone":
                return alone
            case "estimated_half":
                return has_belief & guessed
            case "unknown_half":
                return has_belief & unknown
            case "belief_only":
                return has_belief & ~has_evidence & ~unknown
            case "evidence_only":
                return has_evidence & ~has_belief
            case "guess_only":
                return guessed & ~has_belief
            case "no_evidence":
                return has_belief & (guessed | unknown)
            case "classified":
                return complete | (has_belief & (guessed | unknown))
            case "belief_is" | "evidence_is":
                return self._half(pair, name.partition("_")[0]) == float(more[0])
            case "over":
                return gap > limit
            case "under":
                return gap < -limit
            case "aligned":
                return np.abs(gap) <= limit
            case "weak":
                read = pair["read_with"]
                enough = self.is_in(read["item"], "answered") & (self.number[read["item"]] >= read["below"])
                return (self._half(pair, "evidence") == 1) & ~enough
        raise KeyError(name)

    def _half(self, pair: Mapping[str, Any], half: str) -> np.ndarray:
        item = self.definitions.items[pair[half]]
        answered = self.is_in(item.code, "answered")
        if pair["gap"] == "percent":
            values = self.number[item.code]
        elif pair["gap"] == "ordinal_time":
            bands = {code: band for code, _, band in item.options}
            values = np.array([bands[min(chosen)] if chosen and answered[n] else np.nan
                               for n, chosen in enumerate(self.codes[item.code])], dtype=float)  # fmt: skip
        else:
            values = self.chose(item.code, pair[f"{half}_yes"]).astype(float)
        return np.where(answered, values, np.nan)

    def _of_domain(self, name: str, domain: Mapping[str, Any], more: list[str]) -> Mask:
        columns = {scored_item["item"]: self._statuses(scored_item) for scored_item in domain["items"]}
        table = np.array([columns[scored_item["item"]] for scored_item in domain["items"]], dtype=object)
        if name == "pattern":
            return np.logical_and.reduce([row == status for row, status in zip(table, more, strict=True)])
        if name in ("scored", "unscored"):
            scored = np.array([has_score(tuple(column)) for column in table.T], dtype=bool)
            return scored if name == "scored" else ~scored
        if name == "guessed":
            leaves = next(
                scored_item.get("leaves", ())
                for scored_item in domain["items"]
                if scored_item["item"] == more[0]
            )
            return self._of_item("estimated", self.definitions.items[more[0]], []) & ~self.chose(
                more[0], leaves
            )
        if name in ("answers", "all_answers"):
            scored_items = [
                scored_item for scored_item in domain["items"] if not more or scored_item["item"] == more[0]
            ]
            return np.logical_or.reduce(
                [~np.isnan(self._answers(domain, scored_item)) for scored_item in scored_items]
            )
        return columns[more[0]] == name

    def _answers(self, domain: Mapping[str, Any], scored: Mapping[str, Any]) -> np.ndarray:
        """Returns the answers of each organisation, counted or not; NaN where there is no substantive answer."""
        guessed = self._of_domain("guessed", domain, [scored["item"]])
        is_answered = guessed | (self._statuses(scored) == COUNTED)
        return np.where(is_answered, self._points(scored), np.nan)

    def _statuses(self, scored: Mapping[str, Any]) -> np.ndarray:
        code = scored["item"]
        does_not_apply = self.is_in(code, NOT_APPLICABLE, "routed_out") | self.chose(
            code, scored.get("leaves", ())
        )
        is_estimated = np.isin(self.basis[code].astype(str), self.definitions.estimated)
        is_counted = (self.is_in(code, "answered") & ~is_estimated) | self.is_in(
            code, "dont_know", "no_evidence"
        )
        return np.where(does_not_apply, LEFT_OUT, np.where(is_counted, COUNTED, OPEN)).astype(object)

    def _points(self, scored: Mapping[str, Any]) -> np.ndarray:
        code, item = scored["item"], self.definitions.items[scored["item"]]
        if item.is_numeric:
            values = np.nan_to_num(self.number[code])
        else:
            values = np.zeros(self.size)
            for name, worth in WORTHS.items():
                values[self.chose(code, scored.get(name, ()))] = 100 * worth
        return np.where(self.is_in(code, "dont_know", "no_evidence"), 0.0, values)

    def _weight(self, weight: Condition) -> np.ndarray:
        name, subject, *more = weight
        if name == "number":
            return self.number[subject]
        if name in ("belief", "evidence"):
            return self._half(next(pair for pair in self.definitions.pairs if pair["code"] == subject), name)
        domain = next(definition for definition in self.definitions.domains if definition["code"] == subject)
        if name == "points":
            scored = next(scored_item for scored_item in domain["items"] if scored_item["item"] == more[0])
            return np.where(self._statuses(scored) == COUNTED, self._points(scored), 0.0)
        if name == "guesses":
            scored = next(scored_item for scored_item in domain["items"] if scored_item["item"] == more[0])
            return np.where(self._statuses(scored) == OPEN, np.nan_to_num(self._answers(domain, scored)), 0.0)
        if name in ("answers", "all_answers"):
            scored_items = [
                scored_item for scored_item in domain["items"] if not more or scored_item["item"] == more[0]
            ]
            return sum(
                (np.nan_to_num(self._answers(domain, scored_item)) for scored_item in scored_items),
                np.zeros(self.size),
            )
        counted = np.array([self._statuses(scored_item) == COUNTED for scored_item in domain["items"]])
        points = np.array([self._points(scored_item) for scored_item in domain["items"]])
        together = np.where(counted, points, 0.0).sum(axis=0)
        return together / np.maximum(counted.sum(axis=0), 1)
