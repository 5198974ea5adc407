"""Checks references between the parts of a questionnaire.

References must exist, both items of a pair must fit, and the item of a gate must come before the items that it opens.
Yields (place, expected, found).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire

Finding = tuple[str, str, str]
CHOICE_TYPES = ("single", "yes_no", "multiple", "scale")
PAIR_TYPES = {
    "percent": ("percent",),
    "binary": ("yes_no", "single"),
    "binary_derived": ("yes_no", "single", "scale"),
    "informant": ("yes_no", "single"),
    "ordinal_time": ("single", "scale"),
}


def reference_problems(questionnaire: Questionnaire) -> Iterator[Finding]:
    yield from _duplicate_codes("sections", [section.code for section in questionnaire.sections])
    yield from _duplicate_codes("items", [item.code for item in questionnaire.items])
    yield from _duplicate_codes("pairs", [pair.code for pair in questionnaire.pairs])
    yield from _duplicate_codes("roles", [role.code for role in questionnaire.roles])
    for item in questionnaire.items:
        yield from _item_problems(questionnaire, item)
    for pair in questionnaire.pairs:
        yield from _pair_problems(questionnaire, pair)


def _duplicate_codes(collection: str, codes: Iterable[str]) -> Iterator[Finding]:
    for code, times in Counter(codes).items():
        if times > 1:
            yield f"{collection} {code}", "each code once", f"{times} times"


def _item_problems(questionnaire: Questionnaire, item: Item) -> Iterator[Finding]:
    place = f"items {item.code}"
    yield from _duplicate_codes(f"{place} > options", [option.code for option in item.options])
    if item.section not in {section.code for section in questionnaire.sections}:
        yield f"{place} > section", "the code of a section", repr(item.section)
    if item.role not in {"any", *(role.code for role in questionnaire.roles)}:
        yield f"{place} > role", "the code of a role, or any", repr(item.role)
    if item.pair is not None and item.pair not in {pair.code for pair in questionnaire.pairs}:
        yield f"{place} > pair", "the code of a pair", repr(item.pair)
    yield from _option_problems(questionnaire, item, place)
    yield from _framework_problems(questionnaire, item, place)
    yield from _gate_problems(questionnaire, item, place)


def _option_problems(questionnaire: Questionnaire, item: Item, place: str) -> Iterator[Finding]:
    substantive = [option for option in item.options if option.is_substantive]
    if item.type in CHOICE_TYPES and len(substantive) < 2:
        yield f"{place} > options", "at least two substantive options", str(len(substantive))
    if item.is_numeric and substantive:
        yield f"{place} > options", "only special options beside a number", substantive[0].code
    if item.is_numeric and item.minimum is None:
        yield f"{place} > minimum", "the smallest possible number", ""
    if item.minimum is not None and item.maximum is not None and item.minimum >= item.maximum:
        yield f"{place} > maximum", f"more than {item.minimum}", str(item.maximum)
    offers_dont_know = any(option.meaning == "dont_know" for option in item.options)
    if questionnaire.requires_dont_know and item.type != "text" and not offers_dont_know:
        yield f"{place} > options", "an option with the meaning dont_know", ""


def _framework_problems(questionnaire: Questionnaire, item: Item, place: str) -> Iterator[Finding]:
    editions = {(framework.code, framework.edition) for framework in questionnaire.frameworks}
    for reference in item.frameworks:
        if (reference.framework, reference.edition) not in editions:
            edition = f"{reference.framework} {reference.edition}"
            yield f"{place} > frameworks", "a framework and edition of [[frameworks]]", edition


def _gate_problems(questionnaire: Questionnaire, item: Item, place: str) -> Iterator[Finding]:
    if item.ask_if is None:
        return
    order = [other.code for other in questionnaire.items]
    gate_code = item.ask_if.item
    if gate_code not in order:
        yield f"{place} > ask_if > item", "the code of an item", repr(gate_code)
        return
    if order.index(gate_code) >= order.index(item.code):
        yield f"{place} > ask_if > item", "an item that comes before", gate_code
    if bool(item.ask_if.any_of) == (item.ask_if.not_equal is not None):
        yield f"{place} > ask_if", "either any_of or not_equal", ""
    gate_item = questionnaire.item(gate_code)
    for code in item.ask_if.any_of:
        if code not in {option.code for option in gate_item.options}:
            yield f"{place} > ask_if > any_of", f"an option of {gate_code}", repr(code)
    if item.ask_if.not_equal is not None and not gate_item.is_numeric:
        yield f"{place} > ask_if > not_equal", f"{gate_code} to be a number", gate_item.type


def _pair_problems(questionnaire: Questionnaire, pair: Pair) -> Iterator[Finding]:
    place = f"pairs {pair.code}"
    items = {item.code: item for item in questionnaire.items}
    for kind, code, answers_yes in (
        ("belief", pair.belief, pair.belief_yes),
        ("evidence", pair.evidence, pair.evidence_yes),
    ):
        item = items.get(code)
        if item is None:
            yield f"{place} > {kind}", "the code of an item", repr(code)
        else:
            yield from _half_problems(pair, item, kind, answers_yes)
    if pair.read_with is not None and pair.read_with.item not in items:
        yield f"{place} > read_with > item", "the code of an item", repr(pair.read_with.item)


def _half_problems(pair: Pair, item: Item, kind: str, answers_yes: tuple[str, ...]) -> Iterator[Finding]:
    place = f"pairs {pair.code} > {kind}"
    if item.kind != kind:
        yield place, f"an item of kind {kind}", f"{item.code} of kind {item.kind}"
    if item.pair != pair.code:
        yield f"items {item.code} > pair", repr(pair.code), repr(item.pair)
    if item.type not in PAIR_TYPES[pair.gap]:
        yield (
            place,
            f"an item of type {' or '.join(PAIR_TYPES[pair.gap])}",
            f"{item.code} of type {item.type}",
        )
    if pair.gap in ("binary", "binary_derived", "informant") and not answers_yes:
        yield f"{place}_yes", "the options that count as yes", ""
    for code in answers_yes:
        if code not in {option.code for option in item.options}:
            yield f"{place}_yes", f"an option of {item.code}", repr(code)
    if pair.gap == "ordinal_time" and any(
        option.is_substantive and option.band is None for option in item.options
    ):
        yield place, f"a band on each substantive option of {item.code}", ""
