"""Finds breaks in series: the differences of an item, an indicator or a pair between two versions of a questionnaire.
A change is computed only where there is none."""

from collections.abc import Iterator

from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire

ADDED = "asked in one of the waves only"


def item_breaks(code: str, earlier: Questionnaire, later: Questionnaire) -> tuple[str, ...]:
    """The breaks of an item; empty where it means the same in both versions. The reasons are texts for readers."""
    earlier_item, later_item = _core_item(earlier, code), _core_item(later, code)
    if earlier_item is None or later_item is None:
        return (ADDED,)
    return tuple(_differences(earlier_item, later_item, earlier, later))


def pair_breaks(code: str, earlier: Questionnaire, later: Questionnaire) -> tuple[str, ...]:
    """The breaks of a pair: of both items, of the answers that count as yes, and of the item that qualifies the
    evidence."""
    earlier_pair, later_pair = _core_pair(earlier, code), _core_pair(later, code)
    if earlier_pair is None or later_pair is None:
        return (ADDED,)
    items = {earlier_pair.belief, earlier_pair.evidence, later_pair.belief, later_pair.evidence}
    items |= {pair.read_with.item for pair in (earlier_pair, later_pair) if pair.read_with}
    reasons = [f"{item}: {reason}" for item in sorted(items) for reason in item_breaks(item, earlier, later)]
    if (earlier_pair.belief, earlier_pair.evidence) != (later_pair.belief, later_pair.evidence):
        reasons.append("other items")
    if (earlier_pair.gap, earlier_pair.belief_yes, earlier_pair.evidence_yes, earlier_pair.read_with) != (
        later_pair.gap,
        later_pair.belief_yes,
        later_pair.evidence_yes,
        later_pair.read_with,
    ):
        reasons.append("what counts")
    if earlier.estimated_bases != later.estimated_bases:
        reasons.append("what counts as evidence")
    return tuple(reasons)


def _differences(
    earlier_item: Item, later_item: Item, earlier: Questionnaire, later: Questionnaire
) -> Iterator[str]:
    if (
        earlier_item.wording != later_item.wording
        or earlier_item.reference_period != later_item.reference_period
    ):
        yield "wording"
    if earlier_item.type != later_item.type or earlier_item.options != later_item.options:
        yield "options"
    if (earlier_item.minimum, earlier_item.maximum) != (later_item.minimum, later_item.maximum):
        yield "limits"
    if earlier_item.role != later_item.role:
        yield "who is asked"
    if earlier_item.ask_if != later_item.ask_if:
        yield "routing"
    elif earlier_item.ask_if is not None and item_breaks(earlier_item.ask_if.item, earlier, later):
        yield f"routing by {earlier_item.ask_if.item}"


def _core_item(questionnaire: Questionnaire, code: str) -> Item | None:
    return next((item for item in questionnaire.core_items if item.code == code), None)


def _core_pair(questionnaire: Questionnaire, code: str) -> Pair | None:
    return next((pair for pair in questionnaire.core_pairs if pair.code == code), None)


def indicator_breaks(
    code: str, indicators: tuple[Indicator, ...], earlier: Questionnaire, later: Questionnaire
) -> tuple[str, ...]:
    """The breaks of the item of an indicator. All versions of a questionnaire share the definitions of indicators."""
    item = next(indicator.item for indicator in indicators if indicator.code == code)
    return item_breaks(item, earlier, later)
