"""Which published numbers follow from which others. Every share is a count of organisations and every mean of a scale
a sum over them; here stand the counts behind the rows of a release and the sums that hold between them, whatever the
answers are: options of an item add up to its base, an indicator is a sum of options, a gap is belief less evidence."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from posture.analysis import bases
from posture.analysis.cells import INDICATOR, ITEM, PAIR, SCORE
from posture.analysis.halves import ALIGNED, BINARY, ORDINAL, OVER, PERCENT, UNDER, Halves, halves_of
from posture.analysis.quantities import MEDIAN
from posture.analysis.scoring import Score
from posture.analysis.wave_data import DONT_KNOW, Column, Mask, WaveData
from posture.indicators import Indicator
from surveys.instrument import Item, Option, Pair, Questionnaire

ONE_OF = ("single", "yes_no", "scale")
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Count:
    """The sum of `scores` over organisations of `base`; a score lies between 0 and `top`, in a difference below 0 too.
    `is_sensitive`: that nobody scores, or that everybody scores `top`, would say something about each of them."""

    name: str
    scores: np.ndarray
    base: Mask
    top: float = 1.0
    is_sensitive: bool = True
    is_difference: bool = False


@dataclass(frozen=True)
class Shown:
    """How a row follows from counts: `count` over its base; None where its own kind already says little enough. It is
    told only where all of `needs` are told exactly. `core` of it remain when those of `left_out` are not
    counted in the base, None when nobody would. `offset`: what a score of 0 means on the scale of the row."""

    count: int | None
    left_out: int | None = None
    core: int | None = None
    offset: float = 0.0
    sides: tuple[int, int] | None = None
    needs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """Counts times coefficients add up to the organisations in `total`, in every cohort."""

    terms: tuple[tuple[int, int], ...]
    total: Mask | None = None


@dataclass
class Relations:
    counts: list[Count] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    rows: dict[Key, Shown] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, scores: np.ndarray, base: Mask, **options: float) -> int:
        """The place of a count. What has one name is one count, however many rows show it."""
        if name not in self._places:
            self._places[name] = len(self.counts)
            self.counts.append(Count(name, np.where(base, scores, 0.0), base, **options))  # type: ignore[arg-type]
        return self._places[name]

    def holds(self, whole: int, parts: list[int], signs: list[int] | None = None) -> None:
        signs = signs or [1] * len(parts)
        if parts != [whole]:
            self.lines.append(Line(((whole, -1), *zip(parts, signs, strict=True))))

    def fills(self, parts: list[int], total: Mask) -> None:
        self.lines.append(Line(tuple((part, 1) for part in parts), total))


def relations_of(
    data: WaveData,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    scores: Sequence[Score] = (),
) -> Relations:
    """Source   METHODS.md, "What is withheld"."""
    found = Relations()
    for item in questionnaire.core_items:
        if item.type != "text":
            _item(found, item, data.item(item.code))
    for indicator in indicators:
        _indicator(found, indicator, questionnaire.item(indicator.item), data.item(indicator.item))
    for score in scores:
        base = ~np.isnan(score.value)
        place = found.count(f"{score.code} score", np.nan_to_num(score.value), base, top=100.0)
        found.rows[SCORE, score.code, "mean", ""] = Shown(place)
    for pair in questionnaire.core_pairs:
        _pair(found, halves_of(pair, questionnaire, data), questionnaire, data)
    _routed(found, questionnaire, indicators, data)
    return found


# Items that are asked after a certain answer: their base says how many gave it.


def _routed(
    found: Relations, questionnaire: Questionnaire, indicators: tuple[Indicator, ...], data: WaveData
) -> None:
    items: dict[tuple[str, str], tuple[str, ...]] = {(INDICATOR, one.code): (one.item,) for one in indicators}
    items |= {(PAIR, one.code): (one.belief, one.evidence) for one in questionnaire.core_pairs}
    for key, shown in found.rows.items():
        kind, subject, *_ = key
        needs = [
            place
            for code in ((subject,) if kind == ITEM else items.get((kind, subject), ()))
            for place in _asked(found, questionnaire, questionnaire.item(code), data)
        ]
        found.rows[key] = replace(shown, needs=tuple(dict.fromkeys((*shown.needs, *needs))))


def _asked(found: Relations, questionnaire: Questionnaire, item: Item, data: WaveData) -> Iterator[int]:
    if item.ask_if is None or not item.ask_if.any_of:
        return
    before, column = questionnaire.item(item.ask_if.item), data.item(item.ask_if.item)
    options = [one for one in _shown(before) if one.code in item.ask_if.any_of]
    if any(one.is_substantive for one in options):
        yield _any_of(found, before, item.ask_if.any_of, column)
    yield from (_option(found, before, one, column) for one in options if not one.is_substantive)


# Items: options that add up, and those who gave no substantive answer.


def _shown(item: Item) -> Iterator[Option]:
    return (option for option in item.options if option.meaning != "not_applicable")


def _without_substance(found: Relations, item: Item, column: Column) -> int:
    return found.count(f"{item.code} without substance", column.gave & ~column.answered, column.gave)


def _option(found: Relations, item: Item, option: Option, column: Column) -> int:
    base = column.answered if option.is_substantive else column.gave
    return found.count(f"{item.code} {option.code}", column.chose(option.code), base)


def _any_of(found: Relations, item: Item, codes: Collection[str], column: Column) -> int:
    """Who chose one of these substantive options; the sum of them where only one can be chosen."""
    options = [one for one in _shown(item) if one.code in codes and one.is_substantive]
    if len(options) == 1:
        return _option(found, item, options[0], column)
    hits = column.chose(*(one.code for one in options))
    place = found.count(f"{item.code} {'|'.join(one.code for one in options)}", hits, column.answered)
    if item.type in ONE_OF:
        found.holds(place, [_option(found, item, one, column) for one in options])
    return place


def _item(found: Relations, item: Item, column: Column) -> None:
    without = _without_substance(found, item, column)
    places = {option.code: _option(found, item, option, column) for option in _shown(item)}
    for option in _shown(item):
        place = places[option.code]
        core = place if option.is_substantive else None
        found.rows[ITEM, item.code, "share", option.code] = Shown(place, without, core)
    special = [places[option.code] for option in _shown(item) if not option.is_substantive]
    found.holds(without, special)
    if item.type in ONE_OF:
        found.fills(
            [places[option.code] for option in _shown(item) if option.is_substantive], column.answered
        )
    if item.is_numeric:
        _mean(found, (ITEM, item.code, "mean", ""), item, column)
    for part in bases.absences(item, column):
        found.rows[ITEM, item.code, part.quantity.statistic, ""] = Shown(None)
    found.rows[ITEM, item.code, bases.NONRESPONSE, ""] = Shown(None, without)


def _mean(found: Relations, key: Key, item: Item, column: Column) -> None:
    base = column.answered & ~np.isnan(column.number)
    is_percent = item.type == "percent"
    numbers = np.nan_to_num(column.number.astype(float))
    top = 100.0 if is_percent else float(max(1.0, numbers[base].max(initial=0.0)))
    found.rows[key] = Shown(found.count(f"{item.code} mean", numbers, base, top=top, is_sensitive=is_percent))


# Indicators: sums of options, or shares of numbers.


def _indicator(found: Relations, indicator: Indicator, item: Item, column: Column) -> None:
    without = _without_substance(found, item, column)
    if indicator.statistic == "mean":
        _mean(found, (INDICATOR, indicator.code, "mean", ""), item, column)
        own = found.rows[INDICATOR, indicator.code, "mean", ""]
    else:
        of_all, of_substance = _both_bases(found, indicator, item, column)
        in_base = indicator.dont_know == "in_base"
        own, other = (of_all, of_substance) if in_base else (of_substance, of_all)
        name = bases.WITHOUT_DONT_KNOW if in_base else bases.WITH_DONT_KNOW
        found.rows[INDICATOR, indicator.code, "share", ""] = own
        found.rows[INDICATOR, indicator.code, name, ""] = other
    needs = (without,) if own.count is None else (without, own.count)
    for name in (bases.LOWEST, bases.HIGHEST):
        found.rows[INDICATOR, indicator.code, name, ""] = Shown(None, needs=needs)


def _both_bases(found: Relations, indicator: Indicator, item: Item, column: Column) -> tuple[Shown, Shown]:
    """Of all who answered, and of those who gave a substantive answer."""
    without = _without_substance(found, item, column)
    if indicator.statistic != "share":
        is_at = indicator.statistic == "share_at"
        hits = column.number == indicator.threshold if is_at else column.number < (indicator.threshold or 0)
        name = f"{item.code} {indicator.statistic} {indicator.threshold}"
        core = found.count(name, hits, column.answered)
        return Shown(core, without, core), Shown(core)
    options = [one for one in _shown(item) if one.code in indicator.counts]
    special = [_option(found, item, one, column) for one in options if not one.is_substantive]
    if len(special) == len(options):
        core = found.count(
            f"{item.code} nobody", np.zeros(len(column.gave)), column.answered, is_sensitive=False
        )
        parts = special
    else:
        core = _any_of(found, item, indicator.counts, column)
        parts = [core, *special]
    place = parts[0]
    if len(parts) > 1:
        name = f"{item.code} {'|'.join(indicator.counts)} of all answers"
        place = found.count(name, column.chose(*indicator.counts), column.gave)
        found.holds(place, parts)
    return Shown(place, without, core if len(special) < len(options) else None), Shown(core)


# Pairs: the four types, the two halves, and who stands outside of the complete ones.


def _pair(found: Relations, halves: Halves, questionnaire: Questionnaire, data: WaveData) -> None:
    pair, complete, classified = halves.pair, halves.complete, halves.classified
    types = {
        name: found.count(f"{pair.code} {name}", halves.typed(name), complete)
        for name in (OVER, ALIGNED, UNDER)
    }
    found.fills(list(types.values()), complete)
    without = found.count(f"{pair.code} no evidence", halves.no_evidence, classified)
    estimated = found.count(f"{pair.code} estimated", halves.estimated, classified)
    for name, place in types.items():
        found.rows[PAIR, pair.code, name, ""] = Shown(place, without, place)
    for name in (OVER, UNDER):
        found.rows[PAIR, pair.code, f"gap_{name}", ""] = Shown(types[name])
    found.rows[PAIR, pair.code, "no_evidence", ""] = Shown(without, without, None)
    found.rows[PAIR, pair.code, "evidence_estimated", ""] = Shown(estimated, without, None)
    _halves(found, halves, questionnaire, data, types)
    if pair.read_with is not None:
        weak = found.count(f"{pair.code} weak", halves.weak, complete)
        found.rows[PAIR, pair.code, "weak_evidence", ""] = Shown(weak)
    for statistic, code in (("belief_dont_know", pair.belief), ("evidence_dont_know", pair.evidence)):
        item, column = questionnaire.item(code), data.item(code)
        unknown = [option for option in _shown(item) if option.meaning == "dont_know"]
        parts = [_option(found, item, option, column) for option in unknown]
        place = parts[0]
        if len(parts) > 1:
            place = found.count(f"{code} don't know", column.is_in(DONT_KNOW), column.gave)
            found.holds(place, parts)
        without = _without_substance(found, item, column)
        found.rows[PAIR, pair.code, statistic, ""] = Shown(place, without)


def _halves(
    found: Relations,
    halves: Halves,
    questionnaire: Questionnaire,
    data: WaveData,
    types: dict[str, int],
) -> None:
    pair = halves.pair
    places = []
    for statistic, code, values in (
        ("belief", pair.belief, halves.belief),
        ("evidence", pair.evidence, halves.evidence),
    ):
        item, column = questionnaire.item(code), data.item(code)
        lowest, top = _scale(pair, item)
        scores, base = np.nan_to_num(values - lowest), column.answered
        if pair.gap in BINARY:
            whole = _any_of(found, item, getattr(pair, f"{statistic}_yes"), column)
        else:
            name = "mean" if pair.gap == PERCENT else "band"
            whole = found.count(f"{code} {name}", scores, base, top=top)
        part = found.count(f"{pair.code} {statistic}", scores, halves.complete, top=top)
        rest = found.count(f"{pair.code} {statistic} of others", scores, base & ~halves.complete, top=top)
        found.holds(whole, [part, rest])
        found.rows[PAIR, pair.code, statistic, ""] = Shown(part, offset=lowest)
        if pair.gap == ORDINAL:
            found.rows[PAIR, pair.code, f"{statistic}{MEDIAN}", ""] = Shown(None, needs=(part,))
        places.append(part)
    _differences(found, halves, places, types)


def _scale(pair: Pair, item: Item) -> tuple[float, float]:
    """The lowest score of the scale, and how far the highest lies above it."""
    if pair.gap == PERCENT:
        return 0.0, 100.0
    if pair.gap == ORDINAL:
        bands = [option.band for option in item.options if option.band is not None]
        return float(min(bands)), float(max(bands) - min(bands))
    return 0.0, 1.0


def _differences(found: Relations, halves: Halves, places: list[int], types: dict[str, int]) -> None:
    """The gap follows from both halves; between yes-or-no halves also from the types, and the types from them."""
    pair, complete = halves.pair, halves.complete
    top = max(found.counts[place].top for place in places)
    options = {"top": top, "is_sensitive": False, "is_difference": True}
    gap = found.count(f"{pair.code} gap", np.nan_to_num(halves.gap), complete, **options)
    signs = [-1, 1] if pair.gap in ("informant", ORDINAL) else [1, -1]
    found.holds(gap, places, signs)
    alone = found.count(
        f"{pair.code} gap of one informant", np.nan_to_num(halves.gap), halves.single_informant, **options
    )
    sides, sides_alone = None, None
    if pair.gap in BINARY:
        sides = types[OVER], types[UNDER]
        found.holds(gap, list(sides), [1, -1])
        _table(found, halves, places, types, gap)
        sides_alone = _alone(found, halves, alone)
    found.rows[PAIR, pair.code, "gap", ""] = Shown(gap, sides=sides)
    if pair.gap == ORDINAL:
        found.rows[PAIR, pair.code, f"gap{MEDIAN}", ""] = Shown(None, needs=(gap, types[OVER], types[UNDER]))
    found.rows[PAIR, pair.code, "single_informant_gap", ""] = Shown(alone, sides=sides_alone)


def _table(found: Relations, halves: Halves, places: list[int], types: dict[str, int], gap: int) -> None:
    """Both yes and both no are not published, but they cannot be fewer than nobody. Over and under are half of what
    the aligned leave, more or less the gap."""
    both, neither = (
        found.count(
            f"{halves.pair.code} both {value}",
            (halves.belief == value) & (halves.evidence == value),
            halves.complete,
            is_sensitive=False,
        )
        for value in (1, 0)
    )
    found.holds(types[ALIGNED], [both, neither])
    for side, sign in ((types[OVER], -1), (types[UNDER], 1)):
        found.lines.append(Line(((side, 2), (types[ALIGNED], 1), (gap, sign)), halves.complete))
    only_belief, only_evidence = types[OVER], types[UNDER]
    if halves.pair.gap == "informant":
        only_belief, only_evidence = only_evidence, only_belief
    found.holds(places[0], [both, only_belief])
    found.holds(places[1], [both, only_evidence])


def _alone(found: Relations, halves: Halves, gap: int) -> tuple[int, int]:
    base = halves.single_informant
    over, under, neither = (
        found.count(f"{halves.pair.code} {sign} of one informant", np.sign(halves.gap) == sign, base)
        for sign in (1, -1, 0)
    )
    found.holds(gap, [over, under], [1, -1])
    found.fills([over, under, neither], base)
    return over, under
