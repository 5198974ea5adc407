"""What a release may publish, as cells: the smallest things that are shown or withheld. All rows of a cell rest on
the same organisations in one cohort; `exposes` says which of their answers its numbers tell something about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from posture.analysis.halves import ALIGNED, BINARY, OVER, PERCENT, UNDER, Halves, halves_of
from posture.analysis.rows import Row, mean_row, paired_share_row, share_row
from posture.analysis.wave_data import ANSWERED, DONT_KNOW, GAVE_AN_ANSWER, Cohort, Mask, WaveData
from posture.indicators import Indicator
from surveys.instrument import Item, Pair, Questionnaire

ITEM, INDICATOR, PAIR = "item", "indicator", "pair"
PRIORITY = {ITEM: 1, INDICATOR: 2, PAIR: 3}


@dataclass(frozen=True)
class Exposure:
    """Numbers about `variable`, from these organisations."""

    variable: str
    members: Mask


@dataclass(frozen=True)
class Series:
    """One cell in every cohort. `base` and `exposes` cover all organisations; a cohort takes its part of them."""

    kind: str
    subject: str
    base: Mask
    exposes: tuple[Exposure, ...]
    rows: Callable[[Row, Mask], list[Row]]

    def rows_in(self, cohort: Cohort, *, level: float) -> list[Row]:
        blank = Row(self.kind, self.subject, "", "", cohort.slug, "", level)
        return self.rows(blank, self.base & cohort.members)


def series_of(
    data: WaveData, questionnaire: Questionnaire, indicators: tuple[Indicator, ...]
) -> Iterator[Series]:
    for pair in questionnaire.core_pairs:
        yield from _pair_series(halves_of(pair, questionnaire, data), data)
    for indicator in indicators:
        yield _indicator_series(indicator, data)
    for item in questionnaire.core_items:
        if item.type != "text":
            yield from _item_series(item, data)


def _answered(item: str) -> str:
    return f"{item} answered"


def _substantive(item: str) -> str:
    return f"{item} substantive"


def _named(row: Row, statistic: str, option: str = "") -> Row:
    return Row(row.subject_kind, row.subject, statistic, option, row.cohort, row.unit, row.level)


# Items: the share of every answer that was given, and the mean of numbers.


def _item_series(item: Item, data: WaveData) -> Iterator[Series]:
    table = data.item(item.code)
    gave = table["state"].isin(GAVE_AN_ANSWER).to_numpy()
    substantive = (table["state"] == ANSWERED).to_numpy()
    shown = [option for option in item.options if option.meaning != "not_applicable"]
    chosen = {option.code: _chose(table["options"], (option.code,)) for option in shown}

    def distribution(blank: Row, base: Mask) -> list[Row]:
        return [share_row(_named(blank, "share", code), hits, base) for code, hits in chosen.items()]

    exposes = (Exposure(_answered(item.code), gave), Exposure(_substantive(item.code), substantive))
    yield Series(ITEM, item.code, gave, exposes, distribution)
    if item.is_numeric:
        yield _mean_series(ITEM, item.code, item, data)


def _mean_series(kind: str, subject: str, item: Item | str, data: WaveData) -> Series:
    code = item if isinstance(item, str) else item.code
    table = data.item(code)
    base = (table["state"] == ANSWERED).to_numpy() & table["number"].notna().to_numpy()
    numbers = table["number"].to_numpy(dtype=float)
    is_count = isinstance(item, Item) and item.type == "count"

    def mean(blank: Row, members: Mask) -> list[Row]:
        named = _named(blank, "mean")
        unit, within = ("count", None) if is_count else ("percent", (0.0, 100.0))
        return [mean_row(Row(**named.as_columns() | {"unit": unit}), numbers, members, within=within)]

    return Series(kind, subject, base, (Exposure(_substantive(code), base),), mean)


def _chose(options: pd.Series, codes: tuple[str, ...]) -> Mask:
    wanted = set(codes)
    return np.array(
        [isinstance(chosen, tuple) and not wanted.isdisjoint(chosen) for chosen in options], dtype=bool
    )


# Indicators: named shares and means.


def _indicator_series(indicator: Indicator, data: WaveData) -> Series:
    if indicator.statistic == "mean":
        return _mean_series(INDICATOR, indicator.code, indicator.item, data)
    table = data.item(indicator.item)
    substantive = (table["state"] == ANSWERED).to_numpy()
    if indicator.dont_know == "in_base":
        base, variable = table["state"].isin(GAVE_AN_ANSWER).to_numpy(), _answered(indicator.item)
    else:
        base, variable = substantive, _substantive(indicator.item)
    numbers = table["number"].to_numpy(dtype=float)
    if indicator.statistic == "share":
        hits = _chose(table["options"], indicator.counts)
    elif indicator.statistic == "share_at":
        hits = numbers == indicator.threshold
    else:
        hits = numbers < indicator.threshold

    def share(blank: Row, members: Mask) -> list[Row]:
        return [share_row(_named(blank, "share"), hits, members)]

    return Series(INDICATOR, indicator.code, base, (Exposure(variable, base),), share)


# Pairs: belief, evidence and gap of complete pairs; the types; don't know; and what is kept apart.


def _pair_series(halves: Halves, data: WaveData) -> Iterator[Series]:
    pair = halves.pair
    both = (pair.belief, pair.evidence)

    def gap(blank: Row, base: Mask) -> list[Row]:
        rows = [
            _half_row(_named(blank, "belief"), halves.belief, base, pair),
            _half_row(_named(blank, "evidence"), halves.evidence, base, pair),
            _gap_row(_named(blank, "gap"), halves, base),
        ]
        if pair.read_with is not None:
            rows.append(share_row(_named(blank, "weak_evidence"), halves.weak, base))
        return rows

    def types(blank: Row, base: Mask) -> list[Row]:
        rows = [share_row(_named(blank, name), halves.typed(name), base) for name in (OVER, ALIGNED, UNDER)]
        rows.append(share_row(_named(blank, "no_evidence"), halves.no_evidence, base))
        rows.append(share_row(_named(blank, "evidence_estimated"), halves.estimated, base))
        return rows

    def alone(blank: Row, base: Mask) -> list[Row]:
        return [_gap_row(_named(blank, "single_informant_gap"), halves, base)]

    def exposed(members: Mask) -> tuple[Exposure, ...]:
        return tuple(Exposure(_substantive(code), members) for code in both)

    yield Series(PAIR, pair.code, halves.complete, exposed(halves.complete), gap)
    yield Series(
        PAIR, pair.code, halves.classified, (Exposure(f"{pair.code} types", halves.classified),), types
    )
    for name, code in zip(("belief_dont_know", "evidence_dont_know"), both, strict=True):
        yield _dont_know_series(pair, name, code, data)
    yield Series(PAIR, pair.code, halves.single_informant, exposed(halves.single_informant), alone)


def _dont_know_series(pair: Pair, statistic: str, item: str, data: WaveData) -> Series:
    states = data.item(item)["state"]
    gave, unknown = states.isin(GAVE_AN_ANSWER).to_numpy(), (states == DONT_KNOW).to_numpy()

    def share(blank: Row, base: Mask) -> list[Row]:
        return [share_row(_named(blank, statistic), unknown, base)]

    return Series(PAIR, pair.code, gave, (Exposure(_answered(item), gave),), share)


def _half_row(blank: Row, values: Mask, base: Mask, pair: Pair) -> Row:
    if pair.gap in BINARY:
        return share_row(blank, values == 1, base)
    unit, within = ("percent", (0.0, 100.0)) if pair.gap == PERCENT else ("bands", None)
    return mean_row(Row(**blank.as_columns() | {"unit": unit}), values, base, within=within)


def _gap_row(blank: Row, halves: Halves, base: Mask) -> Row:
    if halves.pair.gap in BINARY:
        first, second = halves.belief, halves.evidence
        if halves.pair.gap == "informant":
            first, second = second, first
        return paired_share_row(blank, first, second, base)
    is_percent = halves.pair.gap == PERCENT
    unit, within = ("points", (-100.0, 100.0)) if is_percent else ("bands", None)
    return mean_row(Row(**blank.as_columns() | {"unit": unit}), halves.gap, base, within=within)
