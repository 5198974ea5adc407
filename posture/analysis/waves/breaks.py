"""Finds breaks in series: the differences of an item, an indicator or a pair between two versions of a questionnaire.
A change is computed only where there is none."""

from collections.abc import Iterator

from posture.definitions.indicators import Indicator
from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire

ADDED = "asked in one of the waves only"


def item_breaks(code: str, earlier: Questionnaire, later: Questionnaire) -> tuple[str, ...]:
    """The breaks of an item; empty where it means the same in both versions. The reasons are texts for readers."""
    before, now = _core_item(earlier, code), _core_item(later, code)
    if before is None or now is None:
        return (ADDED,)
    return tuple(_differences(before, now, earlier, later))


def pair_breaks(code: str, earlier: Questionnaire, later: Questionnaire) -> tuple[str, ...]:
    """The breaks of a pair: of both items, of the answers that count as yes, and of the item that qualifies the
    evidence."""
    before, now = _core_pair(earlier, code), _core_pair(later, code)
    if before is None or now is None:
        return (ADDED,)
    items = {before.belief, before.evidence, now.belief, now.evidence}
    items |= {pair.read_with.item for pair in (before, now) if pair.read_with}
    found = [f"{item}: {reason}" for item in sorted(items) for reason in item_breaks(item, earlier, later)]
    if (before.belief, before.evidence) != (now.belief, now.evidence):
        found.append("other items")
    if (before.gap, before.belief_yes, before.evidence_yes, before.read_with) != (
        now.gap,
        now.belief_yes,
        now.evidence_yes,
        now.read_with,
    ):
        found.append("what counts")
    if earlier.estimated_bases != later.estimated_bases:
        found.append("what counts as evidence")
    return tuple(found)


def _differences(before: Item, now: Item, earlier: Questionnaire, later: Questionnaire) -> Iterator[str]:
    if before.wording != now.wording or before.reference_period != now.reference_period:
        yield "wording"
    if before.type != now.type or before.options != now.options:
        yield "options"
    if (before.minimum, before.maximum) != (now.minimum, now.maximum):
        yield "limits"
    if before.role != now.role:
        yield "who is asked"
    if before.ask_if != now.ask_if:
        yield "routing"
    elif before.ask_if is not None and item_breaks(before.ask_if.item, earlier, later):
        yield f"routing by {before.ask_if.item}"


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
