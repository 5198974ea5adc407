"""Defines the cells of a release: the smallest units that are shown or withheld. All rows of a cell are based on the
same organisations in one cohort; `exposes` names the answers of theirs that the numbers reveal something about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from posture.analysis.answers.pair_values import (
    ALIGNED,
    BINARY,
    ORDINAL,
    OVER,
    PERCENT,
    UNDER,
    PairValues,
    pair_values_of,
)
from posture.analysis.answers.scoring import Score
from posture.analysis.answers.wave_data import DONT_KNOW, Cohort, Column, Mask, Numbers, WaveData
from posture.analysis.estimates import item_bases
from posture.analysis.estimates.quantities import (
    PERCENT_SCALE,
    POINT_SCALE,
    Quantity,
    mean,
    median,
    paired,
    share,
)
from posture.analysis.estimates.rows import Identity, Row
from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire

ITEM, INDICATOR, PAIR, SCORE = "item", "indicator", "pair", "score"
HIGHEST = {"percent": 100.0, "share": 1.0}
PRIORITY = {ITEM: 1, INDICATOR: 2, PAIR: 3, SCORE: 2}


@dataclass(frozen=True)
class Exposure:
    """The organisations about which a cell has numbers of `variable`; they must be k or more. may_be_empty: they may
    also be none, because the numbers then reveal nothing. only_from_k: fewer than k do not count, because no other
    number of the variable is shown beside them."""

    variable: str
    members: Mask
    may_be_empty: bool = False
    only_from_k: bool = False


@dataclass(frozen=True)
class Series:
    """One cell in every cohort. `base` and `exposes` cover all organisations; a cohort takes its part of them.
    priority: of two cells that cannot both be published the one of lower priority is withheld."""

    kind: str
    subject: str
    base: Mask
    exposes: tuple[Exposure, ...]
    quantities: tuple[Quantity, ...]
    is_additional: bool = False

    @property
    def priority(self) -> int:
        return 0 if self.is_additional else PRIORITY[self.kind]

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject

    @property
    def keys(self) -> list[tuple[str, str, str, str]]:
        """Kind, subject, statistic and option of its rows in each cohort."""
        return [(*self.key, quantity.statistic, quantity.option) for quantity in self.quantities]

    def identities_in(self, cohort: Cohort) -> list[Identity]:
        return [(*key, cohort.slug) for key in self.keys]

    def blank(self, cohort: Cohort, level: float) -> Row:
        return Row(self.kind, self.subject, "", "", cohort.slug, "", level)


def series_of(
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score] = (),
) -> Iterator[Series]:
    for score in scores:
        yield _score_series(score)
    for pair in questionnaire.core_pairs:
        yield from _pair_series(pair_values_of(pair, questionnaire, data), data)
    for indicator in indicators:
        yield from _indicator_series(indicator, data)
    for item in questionnaire.core_items:
        if item.type != "text":
            yield from _item_series(item, data)


def _score_series(score: Score) -> Series:
    base = ~np.isnan(score.value)
    exposes = (Exposure(f"{score.code} score", base),)
    number = mean("mean", score.value, "score", within=PERCENT_SCALE)
    return Series(SCORE, score.code, base, exposes, (number,))


def _answered(item: str) -> str:
    return f"{item} answered"


def _substantive(item: str) -> str:
    return f"{item} substantive"


def _asked(item: str) -> str:
    return f"{item} asked"


# Items: the share of every answer that was given, and the mean of numbers.


def _item_series(item: Item, data: WaveData) -> Iterator[Series]:
    column = data.item(item.code)
    options = [option for option in item.options if option.meaning != "not_applicable"]
    distribution = tuple(share("share", column.chose(option.code), option.code) for option in options)
    exposes = (
        Exposure(_answered(item.code), column.gave),
        Exposure(_substantive(item.code), column.answered),
    )
    yield Series(ITEM, item.code, column.gave, exposes, distribution)
    if item.is_numeric:
        yield _mean_series(ITEM, item.code, item, data)
    for absence in item_bases.absences(item, column):
        members = (Exposure(f"{item.code} {absence.quantity.statistic}", absence.base),)
        yield Series(ITEM, item.code, absence.base, members, (absence.quantity,))
    nonresponse = item_bases.nonresponse(column)
    nonresponse_exposes = (exposes[0], Exposure(_asked(item.code), nonresponse.base))
    yield Series(ITEM, item.code, nonresponse.base, nonresponse_exposes, (nonresponse.quantity,))


def _mean_series(kind: str, subject: str, item: Item | str, data: WaveData) -> Series:
    code = item if isinstance(item, str) else item.code
    column = data.item(code)
    numbers = column.number.astype(float)
    base = column.answered & ~np.isnan(numbers)
    is_count = isinstance(item, Item) and item.type == "count"
    number = (
        mean("mean", numbers, "count") if is_count else mean("mean", numbers, "percent", within=PERCENT_SCALE)
    )
    return Series(kind, subject, base, (Exposure(_substantive(code), base),), (number,))


# Indicators: named shares and means.


def _indicator_series(indicator: Indicator, data: WaveData) -> Iterator[Series]:
    column = data.item(indicator.item)
    if indicator.statistic == "mean":
        mean_series = _mean_series(INDICATOR, indicator.code, indicator.item, data)
        yield mean_series
        numbers = column.number.astype(float)
        yield _possible_series(indicator, column, mean_series.exposes, numbers, "percent")
        yield _possible_of_all_series(indicator, column, mean_series.exposes, numbers, "percent")
        return
    hits = _hits(indicator, column)
    with_dont_know = (column.gave, _answered(indicator.item), item_bases.WITH_DONT_KNOW)
    without_dont_know = (column.answered, _substantive(indicator.item), item_bases.WITHOUT_DONT_KNOW)
    shown_base, other_base = (
        (with_dont_know, without_dont_know)
        if indicator.dont_know == "in_base"
        else (without_dont_know, with_dont_know)
    )
    for (base, variable, _), statistic in ((shown_base, "share"), (other_base, other_base[2])):
        exposes = (Exposure(variable, base),)
        yield Series(INDICATOR, indicator.code, base, exposes, (share(statistic, hits),))
    exposes = (Exposure(shown_base[1], shown_base[0]),)
    yield _possible_series(indicator, column, exposes, hits.astype(float), "share")
    yield _possible_of_all_series(indicator, column, exposes, hits.astype(float), "share")


def _hits(indicator: Indicator, column: Column) -> Mask:
    if indicator.statistic == "share":
        return column.chose(*indicator.counts)
    if indicator.statistic == "share_at":
        return column.number == indicator.threshold
    return column.number < indicator.threshold


def _possible_series(
    indicator: Indicator, column: Column, exposes: tuple[Exposure, ...], values: np.ndarray, unit: str
) -> Series:
    """The lowest and highest possible value of a number. Withheld wherever the number itself is, because it would
    follow."""
    quantities = item_bases.possible(column, values, unit, HIGHEST[unit])
    exposes = (*exposes, Exposure(_substantive(indicator.item), column.answered))
    return Series(INDICATOR, indicator.code, column.gave, exposes, quantities)


def _possible_of_all_series(
    indicator: Indicator, column: Column, exposes: tuple[Exposure, ...], values: np.ndarray, unit: str
) -> Series:
    """The lowest and highest possible value among all organisations. Withheld wherever the number itself is. Apart
    from the number, it reveals only how many organisations a cohort has."""
    quantities = item_bases.possible_of_all(column, values, unit, HIGHEST[unit])
    exposes = (*exposes, Exposure(_substantive(indicator.item), column.answered))
    all_organizations = np.ones(len(values), dtype=bool)
    return Series(INDICATOR, indicator.code, all_organizations, exposes, quantities)


# Pairs: belief, evidence and gap of complete pairs; the types; don't know; and the separately counted organisations.


def _pair_series(values: PairValues, data: WaveData) -> Iterator[Series]:
    pair = values.pair
    items = (pair.belief, pair.evidence)

    gap = [
        _belief_or_evidence("belief", values.belief, pair),
        _belief_or_evidence("evidence", values.evidence, pair),
        _gap("gap", values),
    ]
    gap += [share("gap_over", values.of_type(OVER)), share("gap_under", values.of_type(UNDER))]
    if pair.read_with is not None:
        gap.append(share("weak_evidence", values.weak))
    if pair.gap == ORDINAL:
        gap += [median("belief", values.belief, "band"), median("evidence", values.evidence, "band")]
        gap.append(median("gap", values.gap, "bands"))
    types = [share(name, values.of_type(name)) for name in (OVER, ALIGNED, UNDER)]
    types.append(share("no_evidence", values.no_evidence))
    estimated = share("evidence_estimated", values.estimated)
    single_informant_gap = _gap("single_informant_gap", values)

    def exposed(members: Mask) -> tuple[Exposure, ...]:
        return tuple(Exposure(_substantive(code), members) for code in items)

    yield Series(PAIR, pair.code, values.complete, exposed(values.complete), tuple(gap))
    classified = (Exposure(f"{pair.code} types", values.classified),)
    yield Series(PAIR, pair.code, values.classified, classified, tuple(types))
    yield Series(PAIR, pair.code, values.classified, classified, (estimated,), is_additional=True)
    for name, code in zip(("belief_dont_know", "evidence_dont_know"), items, strict=True):
        yield _dont_know_series(pair, name, code, data)
    single = values.single_informant
    yield Series(PAIR, pair.code, single, exposed(single), (single_informant_gap,), is_additional=True)


def _dont_know_series(pair: Pair, statistic: str, item: str, data: WaveData) -> Series:
    column = data.item(item)
    quantities = (share(statistic, column.is_in(DONT_KNOW)),)
    exposes = (Exposure(_answered(item), column.gave),)
    return Series(PAIR, pair.code, column.gave, exposes, quantities, is_additional=True)


def _belief_or_evidence(statistic: str, values: Numbers, pair: Pair) -> Quantity:
    if pair.gap in BINARY:
        return share(statistic, values == 1)
    if pair.gap == PERCENT:
        return mean(statistic, values, "percent", within=PERCENT_SCALE)
    return mean(statistic, values, "bands")


def _gap(statistic: str, pair_values: PairValues) -> Quantity:
    if pair_values.pair.gap in BINARY:
        first, second = pair_values.belief, pair_values.evidence
        if pair_values.pair.gap == "informant":
            first, second = second, first
        return paired(statistic, first, second)
    if pair_values.pair.gap == PERCENT:
        return mean(statistic, pair_values.gap, "points", within=POINT_SCALE)
    return mean(statistic, pair_values.gap, "bands")
