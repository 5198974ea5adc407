"""Computes the truth of each number on the base of its name, organisation by organisation from the raw answers, and
checks published rows against it. It uses nothing of the analysis but the answers and the definitions."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from statistics import median_low

from posture.analysis.answers.wave_data import Cohort, Entry, WaveData
from posture.analysis.estimates.rows import PUBLISHED, Row
from posture.analysis.estimates.weights import Weighting
from posture.analysis.release_rows.rest import AGAINST_REST
from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Pair, Questionnaire

GAVE = ("answered", "dont_know", "no_evidence", "declined")
ASKED = (*GAVE, "blank")
LOWEST, HIGHEST, OF_ALL = "lowest_possible", "highest_possible", "_of_all"
# The published base of these statistics is that of the answers.
OF_ASKED = ("nonresponse", LOWEST, HIGHEST, f"{LOWEST}{OF_ALL}", f"{HIGHEST}{OF_ALL}")
YES_OR_NO = ("binary", "binary_derived", "informant")
PRINTED = {"share": 0.01, "bands": 0.1}
NEARLY = 1e-9

# The value of an organisation in a number; None where it is not in the base.
Value = Callable[[int], float | None]
Counted = tuple[int, float]


@dataclass(frozen=True)
class Answers:
    data: WaveData
    questionnaire: Questionnaire
    indicators: Sequence[Indicator] = ()

    @cached_property
    def cohorts(self) -> dict[str, Cohort]:
        return {cohort.slug: cohort for cohort in self.data.cohorts()}

    @cached_property
    def entries(self) -> dict[tuple[str, int], Entry]:
        return {}

    def entry(self, item: str, unit: int) -> Entry:
        if (item, unit) not in self.entries:
            self.entries[item, unit] = self.data.item(item).entry(unit)
        return self.entries[item, unit]

    def number(self, row: Row) -> Value:
        """Returns the values of a row by kind, subject and statistic."""
        if row.subject_kind == "item":
            return self._of_item(row)
        if row.subject_kind == "indicator":
            return self._of_indicator(row)
        return self._of_pair(row)

    def _share(self, item: str, states: tuple[str, ...], is_hit: Callable[[Entry], bool]) -> Value:
        def value(unit: int) -> float | None:
            entry = self.entry(item, unit)
            return float(is_hit(entry)) if entry.state in states else None

        return value

    def _of_item(self, row: Row) -> Value:
        if row.statistic == "share":
            return self._share(row.subject, GAVE, lambda entry: row.option in entry.options)
        if row.statistic == "nonresponse":
            return self._share(row.subject, ASKED, lambda entry: entry.state == "blank")
        if row.statistic == "mean":
            return self._mean(row.subject)
        return self._share(row.subject, (row.statistic,), lambda entry: True)

    def _mean(self, item: str) -> Value:
        def value(unit: int) -> float | None:
            entry = self.entry(item, unit)
            return entry.number if entry.state == "answered" else None

        return value

    def _of_indicator(self, row: Row) -> Value:
        indicator = next(indicator for indicator in self.indicators if indicator.code == row.subject)

        def is_hit(entry: Entry) -> bool:
            if indicator.statistic == "share":
                return bool(set(entry.options) & set(indicator.counts))
            assert indicator.threshold is not None
            if entry.state != "answered":
                return False
            if indicator.statistic == "share_at":
                return entry.number == indicator.threshold
            return entry.number < indicator.threshold

        if row.statistic.startswith((LOWEST, HIGHEST)):
            is_of_all = row.statistic.endswith(OF_ALL)
            return self._possible(indicator, is_hit, row.statistic.startswith(HIGHEST), is_of_all)
        if row.statistic == "mean":
            return self._mean(indicator.item)
        with_dont_know = row.statistic == "share_with_dont_know" or (
            row.statistic == "share" and indicator.dont_know == "in_base"
        )
        return self._share(indicator.item, GAVE if with_dont_know else ("answered",), is_hit)

    def _possible(
        self, indicator: Indicator, is_hit: Callable[[Entry], bool], is_highest: bool, is_of_all: bool
    ) -> Value:
        """Covers everybody who answered, or all organisations; missing answers count at one end of the scale."""
        scale = 100.0 if indicator.statistic == "mean" else 1.0

        def value(unit: int) -> float | None:
            entry = self.entry(indicator.item, unit)
            if entry.state not in GAVE and not is_of_all:
                return None
            if entry.state != "answered":
                return scale if is_highest else 0.0
            return entry.number if indicator.statistic == "mean" else float(is_hit(entry))

        return value

    def _of_pair(self, row: Row) -> Value:
        pair = self.questionnaire.pair(row.subject)
        if row.statistic in ("belief_dont_know", "evidence_dont_know"):
            item = pair.belief if row.statistic.startswith("belief") else pair.evidence
            return self._share(item, GAVE, lambda entry: entry.state == "dont_know")

        def value(unit: int) -> float | None:
            kind, belief, evidence = self.halves(pair, unit)
            gap = self._gap(pair, belief, evidence)
            if row.statistic == "single_informant_gap":
                return gap if kind == "one_informant" else None
            if row.statistic in ("over", "under", "aligned", "no_evidence", "evidence_estimated"):
                return self._type(row.statistic, kind, pair, gap)
            if kind != "complete":
                return None
            assert belief is not None
            assert evidence is not None
            assert gap is not None
            if row.statistic == "weak_evidence":
                return float(evidence == 1 and self._is_little_watched(pair, unit))
            if row.statistic.startswith("gap_"):
                return float(self._type_of(pair, gap) == row.statistic.removeprefix("gap_"))
            return {"belief": belief, "evidence": evidence, "gap": gap}[row.statistic]

        return value

    def halves(self, pair: Pair, unit: int) -> tuple[str, float | None, float | None]:
        """Returns complete, one_informant, estimated, no_evidence, or an empty text for an organisation in none of
        them, with belief and evidence."""
        belief_entry, evidence_entry = self.entry(pair.belief, unit), self.entry(pair.evidence, unit)
        belief = self._half(pair, pair.belief, pair.belief_yes, belief_entry)
        evidence = self._half(pair, pair.evidence, pair.evidence_yes, evidence_entry)
        if belief is None:
            return "", None, None
        if evidence_entry.state in ("dont_know", "no_evidence"):
            return "no_evidence", belief, None
        if evidence is None:
            return "", belief, None
        if evidence_entry.basis in self.questionnaire.estimated_bases:
            return "estimated", belief, evidence
        return (
            ("one_informant" if belief_entry.informant == evidence_entry.informant else "complete"),
            belief,
            evidence,
        )

    def _half(self, pair: Pair, item: str, yes: tuple[str, ...], entry: Entry) -> float | None:
        if entry.state != "answered":
            return None
        if pair.gap == "percent":
            return entry.number
        if pair.gap in YES_OR_NO:
            return float(bool(set(entry.options) & set(yes)))
        bands = [self.questionnaire.item(item).option(code).band for code in entry.options]
        return None if not bands or bands[0] is None else float(bands[0])

    @staticmethod
    def _gap(pair: Pair, belief: float | None, evidence: float | None) -> float | None:
        if belief is None or evidence is None:
            return None
        gap = evidence - belief if pair.gap in ("informant", "ordinal_time") else belief - evidence
        return 100 * gap if pair.gap in YES_OR_NO else gap

    @staticmethod
    def _type_of(pair: Pair, gap: float) -> str:
        limit = 10 if pair.gap == "percent" else 0
        return "over" if gap > limit else "under" if gap < -limit else "aligned"

    def _type(self, statistic: str, kind: str, pair: Pair, gap: float | None) -> float | None:
        """Covers the complete ones and those without evidence, which include the estimated ones."""
        if kind == "complete":
            assert gap is not None
            return float(self._type_of(pair, gap) == statistic)
        if kind in ("no_evidence", "estimated"):
            return float(
                statistic == "no_evidence" or (statistic, kind) == ("evidence_estimated", "estimated")
            )
        return None

    def _is_little_watched(self, pair: Pair, unit: int) -> bool:
        assert pair.read_with is not None
        entry = self.entry(pair.read_with.item, unit)
        return not (entry.state == "answered" and entry.number >= pair.read_with.below)


def untrue(rows: Sequence[Row], answers: Answers, weighting: Weighting | None = None) -> Iterator[str]:
    """Yields each published number that the answers contradict, in words. Scores and changes are excluded: scores are
    no count of answers, changes need the answers of two waves."""
    for row in rows:
        if row.status != PUBLISHED or row.subject_kind == "score" or row.statistic.endswith("_change"):
            continue
        value = answers.number(
            replace(row, statistic=row.statistic.removesuffix(AGAINST_REST).removesuffix("_median"))
        )
        members = answers.cohorts[row.cohort].members
        everybody = [
            (unit, counted_value)
            for unit in range(len(members))
            if (counted_value := value(unit)) is not None
        ]
        inside = [counted for counted in everybody if members[counted[0]]]
        if row.statistic.endswith(AGAINST_REST):
            others = [counted for counted in everybody if not members[counted[0]]]
            yield from _contradicted_difference(row, inside, others, weighting)
        else:
            yield from _contradictions(row, inside, weighting)


def _contradicted_difference(
    row: Row, inside: list[Counted], others: list[Counted], weighting: Weighting | None
) -> Iterator[str]:
    scale = 100 if row.method.startswith("newcombe") else 1
    truth = scale * (_mean_of(inside, weighting) - _mean_of(others, weighting))
    if not _holds(row, truth, weighting is not None):
        yield f"{row.subject} {row.statistic} {row.cohort}: told {row.value}, is {truth}"
    if row.base != len(inside) + len(others):
        yield f"{row.subject} {row.statistic} {row.cohort}: base {row.base} told"


def _mean_of(counted: list[Counted], weighting: Weighting | None) -> float:
    weights = [1.0 if weighting is None else float(weighting.weights[unit]) for unit, _ in counted]
    return math.fsum(w * value for w, (_, value) in zip(weights, counted, strict=True)) / math.fsum(weights)


def _contradictions(row: Row, inside: list[Counted], weighting: Weighting | None) -> Iterator[str]:
    name = f"{row.subject} {row.statistic} {row.option} {row.cohort}"
    if row.method == "count":
        if (row.value, row.base) != (len(inside), len(inside)):
            yield f"{name}: {row.value} told, {len(inside)} are"
        return
    if not inside:
        yield f"{name}: {row.value} told of nobody"
        return
    if row.method in ("median", "signed_rank"):
        if row.value != median_low(counted_value for _, counted_value in inside):
            yield f"{name}: {row.value} is not the median"
        return
    is_weighted = weighting is not None and row.method != "band"
    truth = _mean_of(inside, weighting if is_weighted else None)
    if not _holds(row, truth, is_weighted):
        yield f"{name}: told {row.bound or 'exactly'} {row.value}, is {truth} of {len(inside)}"
    if (
        row.ci_low is not None
        and row.ci_high is not None
        and not row.ci_low - NEARLY <= truth <= row.ci_high + NEARLY
    ):
        yield f"{name}: {truth} lies outside of its interval {row.ci_low} to {row.ci_high}"
    if row.statistic not in OF_ASKED and (row.base or 0) > len(inside):
        yield f"{name}: base {row.base} told, {len(inside)} are"
    if row.statistic not in OF_ASKED and not row.bound and row.base != len(inside):
        yield f"{name}: base {row.base} told of an exact number, {len(inside)} are"


def _holds(row: Row, truth: float, is_weighted: bool) -> bool:
    assert row.value is not None
    room = PRINTED.get(row.unit, 1.0) if is_weighted else NEARLY
    if row.statistic == "nonresponse":
        exact, limit = Fraction(truth).limit_denominator(10_000), Fraction(row.value).limit_denominator(10)
        return exact > limit if row.bound == "at_least" else exact <= limit
    if row.bound == "at_most" or row.statistic.startswith(HIGHEST):
        return truth <= row.value + NEARLY
    if row.bound == "at_least" or row.statistic.startswith(LOWEST):
        return truth >= row.value - NEARLY
    return abs(truth - row.value) <= room / (2 if is_weighted else 1) + NEARLY
