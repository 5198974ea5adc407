"""Sums of items that are asked after a certain answer: their base shows how many organisations gave it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from posture.analysis.answers.wave_data import BLANK, NOT_APPLICABLE, ROUTED_OUT, WaveData
from posture.analysis.disclosure.linear_constraints.counts import Relations
from posture.analysis.disclosure.linear_constraints.items import (
    any_of_count,
    gave_base,
    option_count,
    shown_options,
)
from posture.analysis.disclosure.linear_constraints.published_bases import rows_showing_base
from posture.analysis.estimates.cells import INDICATOR, ITEM, PAIR
from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import ANY_ROLE, Item, Questionnaire


def add_routing(
    relations: Relations, questionnaire: Questionnaire, indicators: tuple[Indicator, ...], data: WaveData
) -> None:
    needed = {
        item.code: tuple(_counts_of_gate(relations, questionnaire, item, data))
        for item in questionnaire.core_items
        if item.ask_if is not None and item.ask_if.any_of and item.type != "text"
    }
    rests_on: dict[tuple[str, str], tuple[str, ...]] = {
        (INDICATOR, indicator.code): (indicator.item,) for indicator in indicators
    }
    rests_on |= {(PAIR, pair.code): (pair.belief, pair.evidence) for pair in questionnaire.core_pairs}
    for key, row_counts in relations.rows.items():
        kind, subject, *_ = key
        items = (subject,) if kind == ITEM else rests_on.get((kind, subject), ())
        needs = [place for code in items for place in needed.get(code, ())]
        relations.rows[key] = replace(row_counts, needs=tuple(dict.fromkeys((*row_counts.needs, *needs))))
    for code, counts in needed.items():
        _add_base_beside_gate(relations, questionnaire, code, counts, indicators, data)
    for item in questionnaire.core_items:
        if item.ask_if is not None and item.type != "text":
            _add_closed_gate(relations, questionnaire, item, needed.get(item.code), data)


def _counts_of_gate(
    relations: Relations, questionnaire: Questionnaire, item: Item, data: WaveData
) -> Iterator[int]:
    """The counts that add up to the organisations that gave an answer after which the item is asked."""
    assert item.ask_if is not None
    before, column = questionnaire.item(item.ask_if.item), data.item(item.ask_if.item)
    options = [option for option in shown_options(before) if option.code in item.ask_if.any_of]
    if any(option.is_substantive for option in options):
        yield any_of_count(relations, before, item.ask_if.any_of, column)
    yield from (
        option_count(relations, before, option, column) for option in options if not option.is_substantive
    )


def _add_base_beside_gate(
    relations: Relations,
    questionnaire: Questionnaire,
    code: str,
    counts: tuple[int, ...],
    indicators: tuple[Indicator, ...],
    data: WaveData,
) -> None:
    """Adds the difference between a gate and the base of an item behind it. If one person answers both, it is the
    organisations that gave the answer and did not answer this item. If two people do, it also includes organisations
    whose other respondent did not answer, and those that were asked because of that."""
    item = questionnaire.item(code)
    assert item.ask_if is not None
    if item.role == ANY_ROLE or questionnaire.item(item.ask_if.item).role != item.role:
        return
    opened = sum(relations.counts[place].scores for place in counts)
    gave = data.item(code).gave
    apart = (opened > 0) ^ gave
    name = f"{code} gave beside those who were asked"
    is_difference = bool((gave & (opened == 0)).any())
    options = {"is_sensitive": False, "is_difference": is_difference, "is_group": True}
    difference = relations.count(name, opened - gave, apart, **options)
    base = gave_base(relations, code, data.item(code))
    relations.holds(difference, [*counts, base], [*[1.0] * len(counts), -1.0])
    _limit_by_absences(relations, code, difference)
    for key in rows_showing_base(questionnaire, code, indicators):
        relations.expose(key, name, apart, may_be_empty=True)


def _limit_by_absences(relations: Relations, code: str, opened_and_silent: int) -> None:
    """Limits a count by absences: an organisation that is asked and did not answer left the item open, or said that
    it does not apply."""
    names = [f"{code} {state}" for state in (BLANK, NOT_APPLICABLE)]
    absences = [relations.place(name) for name in names if name in relations]
    absent = sum(relations.counts[place].scores for place in absences)
    if absences and (relations.counts[opened_and_silent].scores <= absent).all():
        relations.at_most_zero.append(((opened_and_silent, 1.0), *((place, -1.0) for place in absences)))


def _add_closed_gate(
    relations: Relations,
    questionnaire: Questionnaire,
    item: Item,
    opened: tuple[int, ...] | None,
    data: WaveData,
) -> None:
    """Adds the organisations that gave another answer to the gate: they are routed out of every item behind it, for
    all roles. Their number is protected as the count of an answer."""
    assert item.ask_if is not None
    gate, column = questionnaire.item(item.ask_if.item), data.item(item.ask_if.item)
    is_routed_out = data.item(item.code).is_in(ROUTED_OUT)
    name = f"closed by {gate.code} {item.ask_if.any_of or item.ask_if.not_equal}"
    closed = relations.group(name, is_routed_out, may_be_few=True)
    if (relations.counts[closed].base != is_routed_out).any():
        return
    relations.holds(relations.place(f"{item.code} {ROUTED_OUT}"), [closed])
    if opened is None:
        limit = item.ask_if.not_equal
        at_limit = relations.count(f"{gate.code} share_at {limit}", column.number == limit, column.answered)
        whole, others = [at_limit], []
    else:
        whole, others = [gave_base(relations, gate.code, column)], list(opened)
        if f"{gate.code} {NOT_APPLICABLE}" in relations:
            whole.append(relations.place(f"{gate.code} {NOT_APPLICABLE}"))
    terms = [*((place, 1.0) for place in whole), *((place, -1.0) for place in others)]
    remaining_scores = np.sum([factor * relations.counts[place].scores for place, factor in terms], axis=0)
    if (remaining_scores == is_routed_out).all():
        relations.holds(closed, [place for place, _ in terms], [factor for _, factor in terms])
