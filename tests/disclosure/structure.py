"""States the linear relations that hold between any answers, from the definitions: options and states of an item,
routing, the belief and evidence of a pair. Each relation is stated for sums over organisations of any one cohort."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.disclosure.questionnaire import NOT_APPLICABLE, Definitions, Item
from tests.disclosure.scores import score_relations
from tests.disclosure.variables import Relation, Variable, at_most, count, equal, total

BLANK, ROUTED, SILENT = "blank", "routed_out", "no_respondent"
OUTSIDE = ("complete", "alone", "estimated_half")
TYPES = ("over", "aligned", "under")
EVERYBODY = count()


def relations_of(definitions: Definitions) -> Iterator[Relation]:
    for item in definitions.items.values():
        yield from _item(item)
        yield from _numbers(item)
        yield from _routing(item, definitions.items)
    for indicator in definitions.indicators:
        yield from _indicator(indicator, definitions.items[indicator["item"]])
    for pair in definitions.pairs:
        belief, evidence = (definitions.items[pair[half]] for half in ("belief", "evidence"))
        yield from _outside(pair, belief, evidence)
        yield from _types(pair, belief, evidence)
        yield from _values(pair, belief, evidence)
    for domain in definitions.domains:
        yield from score_relations(domain, definitions.items)


# Items.


def answered(item: Item) -> Variable:
    return count(("answered", item.code))


def gave(item: Item) -> Variable:
    return count(("gave", item.code))


def chose(item: Item, *codes: str) -> Variable:
    return count(("chose", item.code, *codes))


def state(item: Item, name: str) -> Variable:
    return count(("state", item.code, name))


def _item(item: Item) -> Iterator[Relation]:
    """Every organisation gave an answer or is in a state without one. An answer has substance or is a special
    option."""
    special = [chose(item, code) for code in item.special]
    yield equal(f"{item.code}: answers", [gave(item)], [answered(item), *special])
    not_applicable = [chose(item, code) for code in item.codes(NOT_APPLICABLE)]
    yield equal(f"{item.code}: not applicable", [state(item, NOT_APPLICABLE)], not_applicable)
    states = [state(item, name) for name in (NOT_APPLICABLE, BLANK, ROUTED, SILENT)]
    yield equal(f"{item.code}: states", [EVERYBODY], [gave(item), *states])
    variables_by_meaning: dict[str, list[Variable]] = {}
    for code, meaning, _ in item.options:
        variables_by_meaning.setdefault(meaning, []).append(chose(item, code))
    for meaning in ("dont_know", "no_evidence", "declined"):
        yield equal(f"{item.code}: {meaning}", [state(item, meaning)], variables_by_meaning.get(meaning, []))
    options = [chose(item, code) for code in item.substantive]
    if options and not item.is_numeric:
        if item.takes_one:
            yield equal(f"{item.code}: options", [answered(item)], options)
        else:
            yield from (at_most(f"{item.code}: part", option, answered(item)) for option in options)
            terms = ((answered(item), 1.0), *((option, -1.0) for option in options))
            yield Relation(f"{item.code}: at least one", terms, is_equality=False)
    if item.has_bases:
        recorded, guessed = (
            (("answered", item.code), (name, item.code)) for name in ("recorded", "estimated")
        )
        yield equal(f"{item.code}: bases", [answered(item)], [count(*recorded), count(*guessed)])


def _numbers(item: Item) -> Iterator[Relation]:
    if not item.is_numeric:
        return
    weight = ("number", item.code)
    if item.maximum is not None:
        yield at_most(
            f"{item.code}: scale", total(weight, ("answered", item.code)), answered(item), item.maximum
        )
    if item.has_bases:
        parts = [
            total(weight, ("answered", item.code), (name, item.code)) for name in ("recorded", "estimated")
        ]
        yield equal(f"{item.code}: sums", [total(weight, ("answered", item.code))], parts)
        for part in parts:
            if item.maximum is not None:
                yield at_most(f"{item.code}: scale", part, Variable(part.conditions), item.maximum)


def _indicator(indicator: Mapping[str, Any], item: Item) -> Iterator[Relation]:
    statistic = indicator["statistic"]
    if statistic == "share":
        codes = tuple(indicator["counts"])
        hits = chose(item, *codes)
        if len(codes) > 1 and item.takes_one:
            yield equal(f"{indicator['code']}: options", [hits], [chose(item, code) for code in codes])
        elif len(codes) > 1:
            yield from (at_most(f"{indicator['code']}: part", chose(item, code), hits) for code in codes)
            yield at_most(f"{indicator['code']}: part", hits, gave(item))
        yield from _split(hits, tuple(code for code in codes if code in item.substantive), codes, item)
    elif statistic != "mean":
        yield from _threshold(item, float(indicator["threshold"]))


def _split(
    hits: Variable, substantive: tuple[str, ...], codes: tuple[str, ...], item: Item
) -> Iterator[Relation]:
    """Divides an indicator into substantive answers that it counts, and the special options."""
    if substantive and len(substantive) < len(codes):
        rest = [chose(item, code) for code in codes if code not in substantive]
        yield equal(f"{item.code}: substantive hits", [hits], [chose(item, *substantive), *rest])


def below(item: Item, limit: float) -> Variable:
    return count(("below", item.code, repr(limit)))


def at(item: Item, limit: float) -> Variable:
    return count(("at", item.code, repr(limit)))


def _threshold(item: Item, limit: float) -> Iterator[Relation]:
    above = count(("above", item.code, repr(limit)))
    yield equal(
        f"{item.code}: threshold {limit}", [answered(item)], [below(item, limit), at(item, limit), above]
    )
    number = total(("number", item.code), ("answered", item.code))
    yield Relation(
        f"{item.code}: numbers from {limit} on",
        ((at(item, limit), limit), (above, limit + 1), (number, -1.0)),
        is_equality=False,
    )
    if item.maximum is not None:
        yield Relation(
            f"{item.code}: numbers up to {limit}",
            (
                (number, 1.0),
                (at(item, limit), -limit),
                (above, -item.maximum),
                (below(item, limit), 1.0 - limit),
            ),
            is_equality=False,
        )
    if item.maximum == limit:
        yield equal(f"{item.code}: none above {limit}", [above], [])


def _routing(item: Item, items: Mapping[str, Item]) -> Iterator[Relation]:
    """A closed gate routes its organisations out of all items behind it, so items behind the same gate have the same
    organisations."""
    people = count(("asked", item.role, _gate(item)))
    states_when_asked = [gave(item), state(item, NOT_APPLICABLE), state(item, BLANK)]
    yield equal(f"{item.code}: asked", [people], states_when_asked)
    closed = count(("closed", _gate(item))) if item.gate else None
    yield equal(f"{item.code}: routed out", [state(item, ROUTED)], [closed] if closed else [])
    gate = items.get(item.gate.get("item", ""))
    if gate is None or closed is None:
        return
    if item.gate.get("not_equal") is not None:
        limit = float(item.gate["not_equal"])
        yield from _threshold(gate, limit)
        if gate.gate:
            yield at_most(f"{item.code}: gate", at(gate, limit), closed)
        else:
            yield equal(f"{item.code}: gate", [at(gate, limit)], [closed])
        return
    yield from _opened(item, gate, closed)


def _opened(item: Item, gate: Item, closed: Variable) -> Iterator[Relation]:
    """An organisation that gave one of the options is asked; one that gave another answer is not."""
    codes = tuple(item.gate["any_of"])
    opened = chose(gate, *codes)
    if len(codes) > 1 and gate.takes_one:
        yield equal(f"{item.code}: opening options", [opened], [chose(gate, code) for code in codes])
    elif len(codes) > 1:
        yield at_most(f"{item.code}: opening options", opened, gave(gate))
    closed_or_opened = [closed, opened]
    gate_answers = [gave(gate), state(gate, NOT_APPLICABLE)]
    if not gate.gate:
        yield equal(f"{item.code}: gate", gate_answers, closed_or_opened)
    condition = ("chose", gate.code, *codes)
    parts = [
        count(condition, (name, item.code)) for name in ("gave", "not_applicable", "blank", "no_respondent")
    ]
    yield equal(f"{item.code}: behind the gate", [opened], parts)
    for name, total_of_state in zip(("gave", "not_applicable", "blank"), _seen(item), strict=True):
        if gate.role == item.role and not gate.gate and name != "blank":
            yield equal(
                f"{item.code}: {name} behind the gate",
                [total_of_state],
                [count(condition, (name, item.code))],
            )
        else:
            yield at_most(
                f"{item.code}: {name} behind the gate", count(condition, (name, item.code)), total_of_state
            )
    if gate.role == item.role:
        yield equal(f"{item.code}: same respondent", [count(condition, ("no_respondent", item.code))], [])


def _seen(item: Item) -> list[Variable]:
    return [gave(item), state(item, NOT_APPLICABLE), state(item, BLANK)]


def _gate(item: Item) -> str:
    gate = item.gate
    return "|".join([gate["item"], str(gate.get("not_equal")), *(gate.get("any_of") or ())]) if gate else ""


# Pairs: the complete organisations, and the values of belief and evidence in each part.


def _outside(pair: Mapping[str, Any], belief: Item, evidence: Item) -> Iterator[Relation]:
    code = pair["code"]
    parts = {
        name: count((name, code))
        for name in (*OUTSIDE, "unknown_half", "belief_only", "evidence_only", "classified", "no_evidence")
    }
    together = [parts[name] for name in OUTSIDE]
    belief_parts = [*together, parts["unknown_half"], parts["belief_only"]]
    yield equal(f"{code}: believers", [answered(belief)], belief_parts)
    yield equal(f"{code}: evidence", [answered(evidence)], [*together, parts["evidence_only"]])
    unknown = [parts["estimated_half"], parts["unknown_half"]]
    yield equal(f"{code}: without evidence", [parts["no_evidence"]], unknown)
    yield equal(f"{code}: classified", [parts["classified"]], [parts["complete"], parts["no_evidence"]])
    if evidence.has_bases:
        guessed = count(("answered", evidence.code), ("estimated", evidence.code))
        yield equal(f"{code}: guesses", [guessed], [parts["estimated_half"], count(("guess_only", code))])
        yield at_most(f"{code}: guesses", count(("guess_only", code)), parts["evidence_only"])
    else:
        yield equal(f"{code}: no guesses", [parts["estimated_half"]], [])
    for name in ("dont_know", "no_evidence"):
        part = count(("unknown_half", code), ("state", evidence.code, name))
        yield at_most(f"{code}: {name}", part, state(evidence, name))
    unknown_parts = [
        count(("unknown_half", code), ("state", evidence.code, n)) for n in ("dont_know", "no_evidence")
    ]
    yield equal(f"{code}: unknown", [parts["unknown_half"]], unknown_parts)


def _types(pair: Mapping[str, Any], belief: Item, evidence: Item) -> Iterator[Relation]:
    code = pair["code"]
    for part in ("complete", "alone"):
        typed = [count((part, code), (name, code)) for name in TYPES]
        yield equal(f"{code}: types of {part}", [count((part, code))], typed)
    if pair["gap"] not in ("percent", "ordinal_time"):
        for part in ("complete", "alone"):
            yield from _two_by_two(pair, part)


def _two_by_two(pair: Mapping[str, Any], part: str) -> Iterator[Relation]:
    code = pair["code"]
    cells = {
        (b, e): count((part, code), ("belief_is", code, b), ("evidence_is", code, e))
        for b in "10"
        for e in "10"
    }
    over, under = (("0", "1"), ("1", "0")) if pair["gap"] == "informant" else (("1", "0"), ("0", "1"))
    for name, parts in (
        ("over", [cells[over]]),
        ("under", [cells[under]]),
        ("aligned", [cells["1", "1"], cells["0", "0"]]),
    ):
        yield equal(f"{code}: {name} of {part}", [count((part, code), (name, code))], parts)
    for half, yes_cells in (("belief", ["10", "11"]), ("evidence", ["01", "11"])):
        value = total((half, code), (part, code))
        yield equal(f"{code}: {half} of {part}", [value], [cells[cell[0], cell[1]] for cell in yes_cells])


def _values(pair: Mapping[str, Any], belief: Item, evidence: Item) -> Iterator[Relation]:
    code, gap = pair["code"], pair["gap"]
    for half, item, others in (
        ("belief", belief, ("unknown_half", "belief_only")),
        ("evidence", evidence, ("evidence_only",)),
    ):
        weight = (half, code)
        parts = [total(weight, (name, code)) for name in (*OUTSIDE, *others)]
        yield Relation(
            f"{code}: {half} by part",
            (*_whole(pair, half, item), *((part, -1.0) for part in parts)),
        )
        low, high = scale_of(pair, item)
        for part in parts:
            yield at_most(f"{code}: scale", part, Variable(part.conditions), high)
            if low:
                yield at_most(f"{code}: scale", Variable(part.conditions), part, 1 / low)
    if gap in ("percent", "ordinal_time"):
        yield from _typed_values(pair, belief, evidence)


def _typed_values(pair: Mapping[str, Any], belief: Item, evidence: Item) -> Iterator[Relation]:
    code, sign = pair["code"], 1.0 if pair["gap"] == "percent" else -1.0
    limit = 10.0 if pair["gap"] == "percent" else 0.0
    for part in ("complete", "alone"):
        for half, item in (("belief", belief), ("evidence", evidence)):
            weight = (half, code)
            typed = [total(weight, (part, code), (name, code)) for name in TYPES]
            yield equal(f"{code}: {half} by type", [total(weight, (part, code))], typed)
            for total_of_type in typed:
                yield at_most(
                    f"{code}: scale",
                    total_of_type,
                    Variable(total_of_type.conditions),
                    scale_of(pair, item)[1],
                )
        for name, least, most in (
            ("over", limit + 1, None),
            ("aligned", -limit, limit),
            ("under", None, -limit - 1),
        ):
            of = count((part, code), (name, code))
            gap = [
                (total((half, code), *of.conditions), s * sign)
                for half, s in (("belief", 1), ("evidence", -1))
            ]
            if most is not None:
                yield Relation(f"{code}: gaps of {name}", (*gap, (of, -most)), is_equality=False)
            if least is not None:
                turned = tuple((variable, -factor) for variable, factor in gap)
                yield Relation(f"{code}: gaps of {name}", (*turned, (of, least)), is_equality=False)


def _whole(pair: Mapping[str, Any], half: str, item: Item) -> tuple[tuple[Variable, float], ...]:
    if pair["gap"] == "percent":
        return ((total(("number", item.code), ("answered", item.code)), 1.0),)
    if pair["gap"] == "ordinal_time":
        return tuple((chose(item, code), float(band)) for code, _, band in item.options if band is not None)
    return tuple((chose(item, code), 1.0) for code in pair[f"{half}_yes"])


def scale_of(pair: Mapping[str, Any], item: Item) -> tuple[float, float]:
    if pair["gap"] == "percent":
        return 0.0, 100.0
    if pair["gap"] == "ordinal_time":
        bands = [band for _, _, band in item.options if band is not None]
        return float(min(bands)), float(max(bands))
    return 0.0, 1.0
