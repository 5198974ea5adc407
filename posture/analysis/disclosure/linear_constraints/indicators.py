"""Counts and sums of indicators: sums of options, or shares of numbers."""

import numpy as np

from posture.analysis.answers.wave_data import Column
from posture.analysis.disclosure.linear_constraints.counts import Relations, RowCounts
from posture.analysis.disclosure.linear_constraints.items import (
    EVERYBODY,
    add_mean,
    answered_base,
    any_of_count,
    gave_base,
    option_count,
    shown_options,
    without_substance_count,
)
from posture.analysis.estimates import item_bases
from posture.analysis.estimates.cells import HIGHEST, INDICATOR
from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Item


def add_indicator(relations: Relations, indicator: Indicator, item: Item, column: Column) -> None:
    without = without_substance_count(relations, item, column)
    if indicator.statistic == "mean":
        add_mean(relations, (INDICATOR, indicator.code, "mean", ""), item, column)
        row_counts = relations.rows[INDICATOR, indicator.code, "mean", ""]
        core = row_counts.count
    else:
        of_all, of_substance = _both_bases(relations, indicator, item, column)
        core = of_substance.count
        in_base = indicator.dont_know == "in_base"
        row_counts, other_counts = (of_all, of_substance) if in_base else (of_substance, of_all)
        name = item_bases.WITHOUT_DONT_KNOW if in_base else item_bases.WITH_DONT_KNOW
        everybody, substantive = (
            gave_base(relations, item.code, column),
            answered_base(relations, item.code, column),
        )
        own_base, other_base = (everybody, substantive) if in_base else (substantive, everybody)
        relations.add_row((INDICATOR, indicator.code, "share", ""), row_counts, own_base)
        relations.add_row((INDICATOR, indicator.code, name, ""), other_counts, other_base)
    counted = () if row_counts.count is None else (row_counts.count,)
    needs = (without, *counted)
    substantive = answered_base(relations, item.code, column)
    for name in (item_bases.LOWEST, item_bases.HIGHEST):
        relations.add_row(
            (INDICATOR, indicator.code, name, ""), RowCounts(None, follows_from=needs), substantive
        )
    has_substantive_base = indicator.statistic == "mean" or indicator.dont_know != "in_base"
    for name in (item_bases.LOWEST_OF_ALL, item_bases.HIGHEST_OF_ALL):
        limit_counts = RowCounts(None, follows_from=counted if has_substantive_base else needs)
        relations.add_row((INDICATOR, indicator.code, name, ""), limit_counts, substantive)
    assert core is not None
    _add_ends(relations, indicator, item, column, core)


def _add_ends(relations: Relations, indicator: Indicator, item: Item, column: Column, core: int) -> None:
    """The lowest and highest possible value: organisations without a substantive answer are at the low or the high
    end."""
    highest = HIGHEST["percent" if indicator.statistic == "mean" else "share"]
    gave, substantive = gave_base(relations, item.code, column), answered_base(relations, item.code, column)
    wholes = {item_bases.LOWEST: gave, item_bases.HIGHEST: gave}
    if EVERYBODY in relations:
        everybody = relations.place(EVERYBODY)
        wholes |= {item_bases.LOWEST_OF_ALL: everybody, item_bases.HIGHEST_OF_ALL: everybody}
    for statistic, whole in wholes.items():
        is_lowest = statistic in (item_bases.LOWEST, item_bases.LOWEST_OF_ALL)
        others = () if is_lowest else ((whole, highest), (substantive, -highest))
        relations.ends[INDICATOR, indicator.code, statistic, ""] = ((core, 1.0), *others), whole


def _both_bases(
    relations: Relations, indicator: Indicator, item: Item, column: Column
) -> tuple[RowCounts, RowCounts]:
    """The rows on both bases: of all who answered, and of those who gave a substantive answer."""
    without = without_substance_count(relations, item, column)
    if indicator.statistic != "share":
        is_at = indicator.statistic == "share_at"
        hits = column.number == indicator.threshold if is_at else column.number < (indicator.threshold or 0)
        name = f"{item.code} {indicator.statistic} {indicator.threshold}"
        core = relations.count(name, hits, column.answered)
        _add_numbers(relations, indicator, item, column, core)
        return RowCounts(core, without, core), RowCounts(core)
    options = [option for option in shown_options(item) if option.code in indicator.counts]
    special = [
        option_count(relations, item, option, column) for option in options if not option.is_substantive
    ]
    if len(special) == len(options):
        core = relations.count(
            f"{item.code} nobody", np.zeros(len(column.gave)), column.answered, is_sensitive=False
        )
        parts = special
    else:
        core = any_of_count(relations, item, indicator.counts, column)
        parts = [core, *special]
    place = parts[0]
    if len(parts) > 1:
        name = f"{item.code} {'|'.join(indicator.counts)} of all answers"
        place = relations.count(name, column.chose(*indicator.counts), column.gave)
        relations.holds(place, parts)
    return RowCounts(place, without, core if len(special) < len(options) else None), RowCounts(core)


def _add_numbers(relations: Relations, indicator: Indicator, item: Item, column: Column, core: int) -> None:
    """Adds the sum of the numbers, which limits how many of them are at or below the threshold. Numbers are whole,
    and percents at most 100."""
    total, answered = relations.place(f"{item.code} mean"), answered_base(relations, item.code, column)
    limit = float(indicator.threshold or 0)
    is_at = indicator.statistic == "share_at"
    least = ((core, limit),) if is_at else ((answered, limit), (core, -limit))
    relations.at_most_zero.append((*least, (total, -1.0)))
    if item.type == "percent":
        highest = HIGHEST["percent"]
        most = limit if is_at else limit - 1
        relations.at_most_zero.append(((total, 1.0), (core, highest - most), (answered, -highest)))
