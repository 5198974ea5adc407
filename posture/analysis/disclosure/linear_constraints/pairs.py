"""Counts and sums of pairs: the four types, belief and evidence, and the organisations outside the complete pairs."""

import numpy as np

from posture.analysis.answers.pair_values import ALIGNED, BINARY, ORDINAL, OVER, PERCENT, UNDER, PairValues
from posture.analysis.answers.wave_data import DONT_KNOW, NO_EVIDENCE, Column, WaveData
from posture.analysis.disclosure.linear_constraints.counts import Equation, Relations, RowCounts
from posture.analysis.disclosure.linear_constraints.items import (
    answered_base,
    any_of_count,
    estimated_group,
    gave_base,
    option_count,
    shown_options,
    without_substance_count,
)
from posture.analysis.disclosure.linear_constraints.published_bases import rows_showing_base
from posture.analysis.disclosure.linear_constraints.typed_values import add_typed_values
from posture.analysis.estimates.cells import PAIR
from posture.analysis.estimates.quantities import MEDIAN
from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire


def add_pair(
    relations: Relations,
    pair_values: PairValues,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    data: WaveData,
) -> None:
    pair, complete, classified = pair_values.pair, pair_values.complete, pair_values.classified
    types = {
        name: relations.count(f"{pair.code} {name}", pair_values.of_type(name), complete)
        for name in (OVER, ALIGNED, UNDER)
    }
    complete_base = relations.base(f"{pair.code} complete", complete)
    relations.holds(complete_base, list(types.values()))
    without = relations.count(
        f"{pair.code} no evidence", pair_values.no_evidence, classified, is_unknown=True
    )
    estimated = relations.count(f"{pair.code} estimated", pair_values.estimated, classified, is_unknown=True)
    everybody = relations.base(f"{pair.code} classified", classified, inner=complete_base)
    relations.holds(everybody, [complete_base, without])
    for name, place in types.items():
        relations.add_row((PAIR, pair.code, name, ""), RowCounts(place, without, place), everybody)
    for name in (OVER, UNDER):
        relations.add_row((PAIR, pair.code, f"gap_{name}", ""), RowCounts(types[name]), complete_base)
    relations.add_row((PAIR, pair.code, "no_evidence", ""), RowCounts(without, without, None), everybody)
    relations.add_row(
        (PAIR, pair.code, "evidence_estimated", ""), RowCounts(estimated, without, None), everybody
    )
    _add_belief_and_evidence(relations, pair_values, questionnaire, data, types)
    if pair.read_with is not None:
        weak = relations.count(f"{pair.code} weak", pair_values.weak, complete)
        relations.add_row((PAIR, pair.code, "weak_evidence", ""), RowCounts(weak), complete_base)
    _add_dont_know(relations, pair, questionnaire, data)
    _add_others(relations, pair_values, data)
    _add_unknown(relations, pair_values, questionnaire, data)
    _add_estimated(relations, pair_values, questionnaire, data)
    _expose_others(relations, pair_values, questionnaire, indicators, data)


def _add_dont_know(relations: Relations, pair: Pair, questionnaire: Questionnaire, data: WaveData) -> None:
    for statistic, code in (("belief_dont_know", pair.belief), ("evidence_dont_know", pair.evidence)):
        item, column = questionnaire.item(code), data.item(code)
        unknown = [option for option in shown_options(item) if option.meaning == "dont_know"]
        parts = [option_count(relations, item, option, column) for option in unknown]
        if len(parts) == 1:
            place = parts[0]
        else:
            options = {"is_sensitive": bool(parts), "is_unknown": True}
            place = relations.count(f"{code} don't know", column.is_in(DONT_KNOW), column.gave, **options)
            relations.holds(place, parts)
        without = without_substance_count(relations, item, column)
        base = gave_base(relations, code, column)
        relations.add_row((PAIR, pair.code, statistic, ""), RowCounts(place, without), base)


def _add_others(relations: Relations, pair_values: PairValues, data: WaveData) -> None:
    """Adds the organisations that answered one item of a pair and are in none of its bases: the difference between an
    item and the pair. The single informants are included where their number is not shown."""
    pair, single = pair_values.pair, pair_values.single_informant
    belief, evidence = data.item(pair.belief), data.item(pair.evidence)
    with_pair = pair_values.complete | single | pair_values.estimated
    without_evidence = belief.answered & ~pair_values.classified & ~single
    without_belief = evidence.answered & ~with_pair
    classified, complete, alone, estimated = (
        relations.place(f"{pair.code} {name}")
        for name in ("classified", "complete", "one informant", "estimated")
    )
    for code, column, others, inside in (
        (pair.belief, belief, without_evidence, [classified, alone]),
        (pair.evidence, evidence, without_belief, [complete, alone, estimated]),
    ):
        place = relations.group(f"{code} beside {pair.code}", others)
        relations.holds(answered_base(relations, code, column), [*inside, place])


def _add_unknown(
    relations: Relations, pair_values: PairValues, questionnaire: Questionnaire, data: WaveData
) -> None:
    """Adds the organisations without evidence: they estimated it or say that none is known. Together with those
    without a belief, the latter are all organisations that say so in the evidence item."""
    pair = pair_values.pair
    item, column = questionnaire.item(pair.evidence), data.item(pair.evidence)
    unknown = column.is_in(DONT_KNOW, NO_EVIDENCE)
    inside = unknown & pair_values.no_evidence
    places = [
        relations.count(name, members, column.gave, is_sensitive=False)
        for name, members in (
            (f"{pair.evidence} unknown", unknown),
            (f"{pair.code} unknown", inside),
            (f"{pair.evidence} unknown without {pair.belief}", unknown & ~inside),
        )
    ]
    options = [option for option in shown_options(item) if option.meaning in (DONT_KNOW, NO_EVIDENCE)]
    without, estimated = (relations.place(f"{pair.code} {name}") for name in ("no evidence", "estimated"))
    relations.holds(places[0], [option_count(relations, item, option, column) for option in options])
    relations.holds(places[0], places[1:])
    relations.holds(without, [estimated, places[1]])


def _add_estimated(
    relations: Relations, pair_values: PairValues, questionnaire: Questionnaire, data: WaveData
) -> None:
    """Adds the organisations that estimated the evidence without records, with or without a belief."""
    pair = pair_values.pair
    item = questionnaire.item(pair.evidence)
    if not questionnaire.takes_basis(item):
        relations.holds(relations.place(f"{pair.code} estimated"), [])
        return
    options = [option for option in shown_options(item) if option.is_substantive]
    codes_with_gap = [option.code for option in options if pair.gap != ORDINAL or option.band is not None]
    estimates = data.item(pair.evidence).rests_on(*questionnaire.estimated_bases)
    all_estimated = estimated_group(
        relations, item, codes_with_gap, ~np.isnan(pair_values.evidence) & estimates
    )
    without_belief = relations.counts[all_estimated].base & ~pair_values.estimated
    estimated_alone = relations.group(f"{pair.evidence} estimated without {pair.belief}", without_belief)
    relations.holds(all_estimated, [relations.place(f"{pair.code} estimated"), estimated_alone])
    outside_pair = relations.place(f"{pair.evidence} beside {pair.code}")
    recorded = relations.counts[outside_pair].base & ~without_belief
    recorded_alone = relations.group(f"{pair.evidence} on record without {pair.belief}", recorded)
    relations.holds(outside_pair, [estimated_alone, recorded_alone])


def _expose_others(
    relations: Relations,
    pair_values: PairValues,
    questionnaire: Questionnaire,
    indicators: tuple[Indicator, ...],
    data: WaveData,
) -> None:
    """Adds the bases of the pair that are inside the base of an item; their difference follows from both."""
    pair = pair_values.pair
    bases_by_sum = {
        f"{pair.code} belief": (
            (OVER, pair_values.classified),
            ("single_informant_gap", pair_values.single_informant),
        ),
        f"{pair.code} evidence": ((OVER, pair_values.complete),),
        f"{pair.code} evidence on record": (
            ("evidence_estimated", pair_values.complete | pair_values.estimated),
            ("single_informant_gap", pair_values.single_informant),
        ),
    }
    for name, bases in bases_by_sum.items():
        item = pair.belief if name.endswith("belief") else pair.evidence
        for key in rows_showing_base(questionnaire, item, indicators):
            relations.expose(key, name, data.item(item).answered, only_from_k=True)
        for statistic, members in bases:
            relations.expose((PAIR, pair.code, statistic), name, members)


def _add_belief_and_evidence(
    relations: Relations,
    pair_values: PairValues,
    questionnaire: Questionnaire,
    data: WaveData,
    types: dict[str, int],
) -> None:
    pair = pair_values.pair
    places, lows = [], {}
    for statistic, code, values in (
        ("belief", pair.belief, pair_values.belief),
        ("evidence", pair.evidence, pair_values.evidence),
    ):
        item, column = questionnaire.item(code), data.item(code)
        lowest, top = _scale(pair, item)
        lows[statistic] = lowest
        scores, base = np.nan_to_num(values - lowest), column.answered
        if pair.gap in BINARY:
            whole = any_of_count(relations, item, getattr(pair, f"{statistic}_yes"), column)
        else:
            name = "mean" if pair.gap == PERCENT else "band"
            whole = relations.count(f"{code} {name}", scores, base, top=top)
        if pair.gap == ORDINAL:
            banded = [option for option in shown_options(item) if option.band is not None]
            parts = [option_count(relations, item, option, column) for option in banded]
            relations.holds(whole, parts, [float(option.band or 0) - lowest for option in banded])
        part = relations.count(f"{pair.code} {statistic}", scores, pair_values.complete, top=top)
        complete_base = relations.place(f"{pair.code} complete")
        outside = _outside(relations, pair_values, statistic, code, column)
        members = relations.counts[outside].base
        rest = relations.count(f"{pair.code} {statistic} of others", scores, members, top=top, is_group=True)
        relations.holds(whole, [part, rest])
        relations.within[rest] = outside
        relations.add_row((PAIR, pair.code, statistic, ""), RowCounts(part, offset=lowest), complete_base)
        if pair.gap == ORDINAL:
            median = RowCounts(None, follows_from=(part,))
            relations.add_row((PAIR, pair.code, f"{statistic}{MEDIAN}", ""), median, complete_base)
        places.append(part)
    if pair.gap not in BINARY:
        add_typed_values(relations, pair_values, types, lows)
    _differences(relations, pair_values, places, types)


def _outside(relations: Relations, pair_values: PairValues, statistic: str, code: str, column: Column) -> int:
    """The organisations that answered the item and are not in a complete pair. For a belief these include those
    without evidence, whose number is published."""
    pair, others = pair_values.pair, column.answered & ~pair_values.complete
    place = relations.group(f"{code} outside of {pair.code}", others, may_be_few=statistic == "belief")
    complete_base = relations.place(f"{pair.code} complete")
    relations.holds(answered_base(relations, code, column), [complete_base, place])
    return place


def _scale(pair: Pair, item: Item) -> tuple[float, float]:
    """The lowest score of the scale, and the distance from it to the highest."""
    if pair.gap == PERCENT:
        return 0.0, 100.0
    if pair.gap == ORDINAL:
        bands = [option.band for option in item.options if option.band is not None]
        return float(min(bands)), float(max(bands) - min(bands))
    return 0.0, 1.0


def _differences(
    relations: Relations, pair_values: PairValues, places: list[int], types: dict[str, int]
) -> None:
    """Adds the gap, which is the difference of belief and evidence. For yes-or-no pairs it also follows from the
    types, and the types from it."""
    pair, complete = pair_values.pair, pair_values.complete
    top = max(relations.counts[place].top for place in places)
    options = {"top": top, "is_sensitive": False, "is_difference": True}
    gap = relations.count(f"{pair.code} gap", np.nan_to_num(pair_values.gap), complete, **options)
    signs = [-1.0, 1.0] if pair.gap in ("informant", ORDINAL) else [1.0, -1.0]
    relations.holds(gap, places, signs)
    alone = relations.count(
        f"{pair.code} gap of one informant",
        np.nan_to_num(pair_values.gap),
        pair_values.single_informant,
        **options,
    )
    sides, sides_alone = None, None
    if pair.gap in BINARY:
        sides = types[OVER], types[UNDER]
        relations.holds(gap, list(sides), [1.0, -1.0])
        _table(relations, pair_values, places, types, gap)
        sides_alone = _alone(relations, pair_values, alone)
    complete_base, single_base = (
        relations.base(f"{pair.code} {name}", base)
        for name, base in (("complete", complete), ("one informant", pair_values.single_informant))
    )
    relations.add_row((PAIR, pair.code, "gap", ""), RowCounts(gap, sides=sides), complete_base)
    if pair.gap == ORDINAL:
        median = RowCounts(None, follows_from=(gap, types[OVER], types[UNDER]))
        relations.add_row((PAIR, pair.code, f"gap{MEDIAN}", ""), median, complete_base)
    relations.add_row(
        (PAIR, pair.code, "single_informant_gap", ""), RowCounts(alone, sides=sides_alone), single_base
    )


def _table(
    relations: Relations, pair_values: PairValues, places: list[int], types: dict[str, int], gap: int
) -> None:
    """Limits the table of a yes-or-no pair. Both yes and both no are not published, but they cannot be below zero.
    Over and under are half of the organisations that are not aligned, plus or minus the gap."""
    both_yes, both_no = (
        relations.count(
            f"{pair_values.pair.code} both {value}",
            (pair_values.belief == value) & (pair_values.evidence == value),
            pair_values.complete,
            is_sensitive=False,
        )
        for value in (1, 0)
    )
    relations.holds(types[ALIGNED], [both_yes, both_no])
    for side, sign in ((types[OVER], -1), (types[UNDER], 1)):
        whole = relations.place(f"{pair_values.pair.code} complete")
        relations.equations.append(
            Equation(((side, 2.0), (types[ALIGNED], 1.0), (gap, float(sign)), (whole, -1.0)))
        )
    only_belief, only_evidence = types[OVER], types[UNDER]
    if pair_values.pair.gap == "informant":
        only_belief, only_evidence = only_evidence, only_belief
    relations.holds(places[0], [both_yes, only_belief])
    relations.holds(places[1], [both_yes, only_evidence])


def _alone(relations: Relations, pair_values: PairValues, gap: int) -> tuple[int, int]:
    base = pair_values.single_informant
    over, under, aligned = (
        relations.count(
            f"{pair_values.pair.code} {sign} of one informant", np.sign(pair_values.gap) == sign, base
        )
        for sign in (1, -1, 0)
    )
    relations.holds(gap, [over, under], [1.0, -1.0])
    relations.holds(relations.base(f"{pair_values.pair.code} one informant", base), [over, under, aligned])
    return over, under
