"""Counts and sums of items: options that add up, and organisations without a substantive answer."""

from collections.abc import Collection, Iterator

import numpy as np

from posture.analysis.answers.wave_data import BLANK, NO_RESPONDENT, ROUTED_OUT, Column, Mask
from posture.analysis.disclosure.linear_constraints.counts import Key, Relations, RowCounts
from posture.analysis.estimates import item_bases
from posture.analysis.estimates.cells import ITEM
from surveys.instrument.questionnaire_definition import Item, Option, Questionnaire

ONE_OF = ("single", "yes_no", "scale")
EVERYBODY = "everybody"


def shown_options(item: Item) -> Iterator[Option]:
    return (option for option in item.options if option.meaning != "not_applicable")


def without_substance_count(relations: Relations, item: Item, column: Column) -> int:
    """The count of answers without substance. It is zero, and known to all readers, if the item offers only
    substantive answers."""
    offers = any(not option.is_substantive for option in shown_options(item))
    others = column.gave & ~column.answered
    options = {"is_sensitive": offers, "is_unknown": True}
    return relations.count(f"{item.code} without substance", others, column.gave, **options)


def gave_base(relations: Relations, code: str, column: Column) -> int:
    return relations.base(f"{code} gave", column.gave, inner=answered_base(relations, code, column))


def answered_base(relations: Relations, code: str, column: Column) -> int:
    return relations.base(f"{code} answered", column.answered)


def option_count(relations: Relations, item: Item, option: Option, column: Column) -> int:
    base = column.answered if option.is_substantive else column.gave
    hits, is_unknown = column.chose(option.code), not option.is_substantive
    return relations.count(f"{item.code} {option.code}", hits, base, is_unknown=is_unknown)


def estimated_group(relations: Relations, item: Item, codes: Collection[str], members: Mask) -> int:
    """The organisations of `members` that chose one of these options, or gave a number, without records. Pairs and
    scores that leave out the same options share the group."""
    sorted_codes = sorted(codes)
    is_all = sorted_codes == sorted(option.code for option in shown_options(item) if option.is_substantive)
    return relations.group(f"{item.code} estimated{'' if is_all else f' {sorted_codes}'}", members)


def any_of_count(relations: Relations, item: Item, codes: Collection[str], column: Column) -> int:
    """The organisations that chose one of these substantive options; the sum of the options where only one can be
    chosen. The count is no secret if these are all substantive options of such an item."""
    options = [option for option in shown_options(item) if option.code in codes and option.is_substantive]
    if len(options) == 1:
        return option_count(relations, item, options[0], column)
    hits = column.chose(*(option.code for option in options))
    others = [option for option in shown_options(item) if option.is_substantive and option not in options]
    name, is_everybody = (
        f"{item.code} {'|'.join(option.code for option in options)}",
        item.type in ONE_OF and not others,
    )
    place = relations.count(name, hits, column.answered, is_sensitive=not is_everybody)
    if item.type in ONE_OF:
        relations.holds(place, [option_count(relations, item, option, column) for option in options])
        parts = [place, *(option_count(relations, item, option, column) for option in others)]
        relations.holds(answered_base(relations, item.code, column), parts)
    return place


def add_item(relations: Relations, item: Item, column: Column) -> None:
    without = without_substance_count(relations, item, column)
    everybody, substantive = (
        gave_base(relations, item.code, column),
        answered_base(relations, item.code, column),
    )
    places = {option.code: option_count(relations, item, option, column) for option in shown_options(item)}
    for option in shown_options(item):
        place = places[option.code]
        core = place if option.is_substantive else None
        relations.add_row((ITEM, item.code, "share", option.code), RowCounts(place, without, core), everybody)
    special = [places[option.code] for option in shown_options(item) if not option.is_substantive]
    relations.holds(without, special)
    relations.holds(everybody, [substantive, without])
    if item.type in ONE_OF:
        relations.holds(
            substantive, [places[option.code] for option in shown_options(item) if option.is_substantive]
        )
    if item.is_numeric:
        add_mean(relations, (ITEM, item.code, "mean", ""), item, column)
    states = {}
    for part in item_bases.absences(item, column):
        state = part.quantity.statistic
        states[state] = relations.group(
            f"{item.code} {state}",
            part.base,
            may_be_few=state == ROUTED_OUT,
            is_silence=state == BLANK,
        )
        relations.add_row((ITEM, item.code, state, ""), RowCounts(None), states[state])
    asked = relations.base(f"{item.code} asked", item_bases.asked(column))
    nonresponse = (ITEM, item.code, item_bases.NONRESPONSE, "")
    relations.add_row(nonresponse, RowCounts(None, without), everybody)
    relations.bands[nonresponse] = states[BLANK], asked
    relations.holds(asked, [everybody, states[BLANK]])
    _add_respondents(relations, item, asked, states, column)


def _add_respondents(
    relations: Relations, item: Item, asked: int, states: dict[str, int], column: Column
) -> None:
    """Adds the number that did not answer. All items of a role have the same organisations: those with an answer in
    the role, of all that take part. All items behind one gate have the organisations that the gate admits."""
    has_response, routed_out = ~column.is_in(NO_RESPONDENT), states.get(ROUTED_OUT)
    asked_behind_gate = has_response & ~column.is_in(ROUTED_OUT)
    base = relations.base(f"{item.role} respondents", has_response)
    reached = base
    if routed_out is not None:
        reached = relations.base(f"{item.role} respondents behind {item.ask_if}", asked_behind_gate)
    expected = ((base, has_response), (reached, asked_behind_gate))
    if any((relations.counts[place].base != members).any() for place, members in expected):
        return
    others = [states[state] for state in states if state not in (BLANK, ROUTED_OUT)]
    relations.holds(reached, [asked, *others], is_of_role=True)
    if routed_out is not None:
        relations.holds(base, [reached, routed_out], is_of_role=True)
    all_organizations = np.ones(len(has_response), dtype=bool)
    everybody = relations.base(EVERYBODY, all_organizations)
    nobody = relations.count(f"no {item.role}", ~has_response, all_organizations, is_sensitive=False)
    relations.holds(everybody, [base, nobody], is_of_role=True)


def add_only_role(relations: Relations, questionnaire: Questionnaire) -> None:
    """Adds the sum for a questionnaire with a single role: all organisations that take part have a respondent in
    it."""
    roles = {item.role for item in questionnaire.core_items}
    if len(roles) == 1 and EVERYBODY in relations:
        base = relations.place(f"{roles.pop()} respondents")
        if relations.counts[base].base.all():
            relations.holds(relations.place(EVERYBODY), [base], is_of_role=True)


def add_mean(relations: Relations, key: Key, item: Item, column: Column) -> None:
    base = column.answered & ~np.isnan(column.number)
    is_percent = item.type == "percent"
    numbers = np.nan_to_num(column.number.astype(float))
    top = 100.0 if is_percent else float(max(1.0, numbers[base].max(initial=0.0)))
    place = relations.count(f"{item.code} mean", numbers, base, top=top, is_sensitive=is_percent)
    relations.add_row(key, RowCounts(place), answered_base(relations, item.code, column))
