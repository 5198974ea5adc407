"""Relates a domain score to its items. Each item of an organisation is counted, open (it applies and is not counted)
or left out (it does not apply). Within one pattern of these the score is the mean of the points of the counted
items."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from tests.disclosure.questionnaire import NOT_APPLICABLE, WORTHS, Item
from tests.disclosure.variables import Relation, Variable, at_most, count, equal, total

COUNTED, OPEN, LEFT_OUT = "counted", "open", "left_out"
STATUSES = (COUNTED, OPEN, LEFT_OUT)


def has_score(pattern: tuple[str, ...]) -> bool:
    counted, applies = pattern.count(COUNTED), len(pattern) - pattern.count(LEFT_OUT)
    return counted > 0 and 5 * counted >= 3 * applies


def patterns(domain: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return list(product(STATUSES, repeat=len(domain["items"])))


def with_pattern(domain: Mapping[str, Any], pattern: tuple[str, ...]) -> Variable:
    return count(("pattern", domain["code"], *pattern))


def points_in(domain: Mapping[str, Any], pattern: tuple[str, ...], item: str) -> Variable:
    return total(("points", domain["code"], item), ("pattern", domain["code"], *pattern))


def answers_in(domain: Mapping[str, Any], pattern: tuple[str, ...], item: str) -> Variable:
    """Returns the sum of the answers without records, which the score does not count."""
    guessed = ("guessed", domain["code"], item)
    return total(("guesses", domain["code"], item), ("pattern", domain["code"], *pattern), guessed)


def is_impossible(domain: Mapping[str, Any], pattern: tuple[str, ...], items: Mapping[str, Item]) -> bool:
    """True for a pattern that contradicts routing: an item that only its gate leaves out is left out with all others
    behind the same gate."""
    gates = [items[scored_item["item"]].gate for scored_item in domain["items"]]
    for scored_item, status, gate in zip(domain["items"], pattern, gates, strict=True):
        only_by_gate = not scored_item.get("leaves") and not items[scored_item["item"]].codes(NOT_APPLICABLE)
        if status == LEFT_OUT and only_by_gate:
            if not gate:
                return True
            if any(
                other == gate and other_status != LEFT_OUT
                for other, other_status in zip(gates, pattern, strict=True)
            ):
                return True
    return False


def score_relations(domain: Mapping[str, Any], items: Mapping[str, Item]) -> Iterator[Relation]:
    possible = [pattern for pattern in patterns(domain) if not is_impossible(domain, pattern, items)]
    code, of = domain["code"], {pattern: with_pattern(domain, pattern) for pattern in possible}
    scored = [pattern for pattern in of if has_score(pattern)]
    unscored = [pattern for pattern in of if not has_score(pattern)]
    with_score, without = count(("scored", code)), count(("unscored", code))
    yield equal(f"{code}: with a score", [with_score], [of[pattern] for pattern in scored])
    yield equal(f"{code}: without a score", [without], [of[pattern] for pattern in unscored])
    yield equal(f"{code}: everybody", [count()], [with_score, without])
    names = [scored_item["item"] for scored_item in domain["items"]]
    yield from _answers_without_score(domain, unscored)
    for place, scored_item in enumerate(domain["items"]):
        yield from _item(domain, place, items[scored_item["item"]], of)
    terms = [(total(("score", code), ("scored", code)), 1.0)]
    for pattern in scored:
        counted = [name for name, status in zip(names, pattern, strict=True) if status == COUNTED]
        terms += [(points_in(domain, pattern, name), -1.0 / len(counted)) for name in counted]
    yield Relation(f"{code}: score", tuple(terms))


def _answers_without_score(domain: Mapping[str, Any], unscored: list[tuple[str, ...]]) -> Iterator[Relation]:
    code, all_answers = domain["code"], []
    for place, scored_item in enumerate(domain["items"]):
        counted = [
            points_in(domain, pattern, scored_item["item"])
            for pattern in unscored
            if pattern[place] == COUNTED
        ]
        guesses = [
            answers_in(domain, pattern, scored_item["item"]) for pattern in unscored if pattern[place] == OPEN
        ]
        answers = total(
            ("answers", code, scored_item["item"]), ("unscored", code), ("answers", code, scored_item["item"])
        )
        yield equal(f"{code}: {scored_item['item']} without a score", [answers], [*counted, *guesses])
        all_answers.append(answers)
    whole = total(("all_answers", code), ("unscored", code), ("all_answers", code))
    yield equal(f"{code}: answers without a score", [whole], all_answers)


def _item(
    domain: Mapping[str, Any], place: int, item: Item, of: Mapping[tuple[str, ...], Variable]
) -> Iterator[Relation]:
    code, scored = domain["code"], domain["items"][place]
    not_applicable = item.codes(NOT_APPLICABLE)
    leaves = tuple(option for option in scored.get("leaves", ()) if option not in not_applicable)
    is_in = {name: count((name, code, item.code)) for name in STATUSES}
    for name in STATUSES:
        variables = [variable for pattern, variable in of.items() if pattern[place] == name]
        yield equal(f"{code}: {item.code} {name}", [is_in[name]], variables)
    guessed = count(("answered", item.code), ("estimated", item.code))
    guessed_in_scope = count(("guessed", code, item.code))
    worth = {option: WORTHS[name] for name in WORTHS for option in scored.get(name, ())}
    chosen = [count(("chose", item.code, option)) for option in worth] or [count(("answered", item.code))]
    special = [option for option in item.codes("dont_know", "no_evidence") if option not in leaves]
    unknown = [count(("chose", item.code, option)) for option in special]
    known_answers = [*chosen, *unknown]
    yield equal(f"{code}: {item.code} known", [is_in[COUNTED], guessed_in_scope], known_answers)
    does_not_apply = [count(("state", item.code, name)) for name in (NOT_APPLICABLE, "routed_out")]
    yield equal(
        f"{code}: {item.code} does not apply",
        [is_in[LEFT_OUT]],
        [*does_not_apply, *(count(("chose", item.code, option)) for option in leaves)],
    )
    if not item.has_bases:
        yield equal(f"{code}: {item.code} no guesses", [guessed_in_scope], [])
    elif not leaves:
        yield equal(f"{code}: {item.code} guesses", [guessed_in_scope], [guessed])
    else:
        yield at_most(f"{code}: {item.code} guesses", guessed_in_scope, guessed)
    yield from _points(domain, item, worth, of, place)


def _points(
    domain: Mapping[str, Any],
    item: Item,
    worth: Mapping[str, float],
    of: Mapping[tuple[str, ...], Variable],
    place: int,
) -> Iterator[Relation]:
    code = domain["code"]
    points = total(("points", code, item.code), (COUNTED, code, item.code))
    if worth:
        guesses = [count(("chose", item.code, option), ("guessed", code, item.code)) for option in worth]
        terms = [
            (count(("chose", item.code, option)), 100 * value) for option, value in worth.items() if value
        ]
        terms += [
            (guess, -100 * worth[guess.conditions[0][2]])
            for guess in guesses
            if worth[guess.conditions[0][2]]
        ]
        yield equal(f"{code}: {item.code} guesses", [count(("guessed", code, item.code))], guesses)
        for guess in guesses:
            yield at_most(f"{code}: {item.code} guess", guess, count(guess.conditions[0]))
    else:
        recorded = (
            (("answered", item.code), ("recorded", item.code))
            if item.has_bases
            else (("answered", item.code),)
        )
        terms = [(total(("number", item.code), *recorded), 1.0)]
    yield Relation(
        f"{code}: {item.code} points", ((points, 1.0), *((variable, -factor) for variable, factor in terms))
    )
    open_parts = {pattern: answers_in(domain, pattern, item.code) for pattern in of if pattern[place] == OPEN}
    yield from _guesses(domain, item, worth, of, open_parts)
    parts = {pattern: points_in(domain, pattern, item.code) for pattern in of if pattern[place] == COUNTED}
    yield equal(f"{code}: {item.code} points by pattern", [points], parts.values())
    for pattern, part in parts.items():
        yield at_most(f"{code}: scale", part, of[pattern], 100.0)


def _guesses(
    domain: Mapping[str, Any],
    item: Item,
    worth: Mapping[str, float],
    of: Mapping[tuple[str, ...], Variable],
    parts: Mapping[tuple[str, ...], Variable],
) -> Iterator[Relation]:
    code = domain["code"]
    yield from (
        at_most(f"{code}: scale of guesses", part, of[pattern], 100.0) for pattern, part in parts.items()
    )
    if not item.has_bases:
        yield from (equal(f"{code}: no guesses", [part], []) for part in parts.values())
        return
    if worth:
        terms = [
            (count(("chose", item.code, option), ("guessed", code, item.code)), 100 * value)
            for option, value in worth.items()
        ]
    else:
        terms = [(total(("number", item.code), ("answered", item.code), ("estimated", item.code)), 1.0)]
    yield Relation(
        f"{code}: {item.code} guesses by pattern",
        (
            *((variable, factor) for variable, factor in terms if factor),
            *((part, -1.0) for part in parts.values()),
        ),
    )
