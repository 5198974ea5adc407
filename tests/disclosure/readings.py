"""Translates a row of a release into sums over organisations: a number is a sum over a base."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.disclosure.published import Row
from tests.disclosure.questionnaire import Definitions, Item
from tests.disclosure.structure import answered, at, below, chose, gave, state
from tests.disclosure.variables import Terms, Variable, count, total

COUNTS = ("not_applicable", "routed_out", "blank")


@dataclass(frozen=True)
class Ratio:
    """A ratio: value = the terms over the base; `published_base`: the count in the column "base"."""

    terms: Terms
    base: Terms
    published_base: Variable

    @property
    def main(self) -> Variable:
        return self.terms[0][0]


@dataclass(frozen=True)
class Meaning:
    """The meaning of a row. `as_named` is the base of its name, `reduced` the same without those who gave no
    substantive answer. kind: ratio, count, band, lowest or highest; nobody where it is 0 for any answers."""

    as_named: Ratio
    reduced: Ratio | None = None
    kind: str = "ratio"
    decided_with: str = ""


def ratio(terms: Terms, *base: Variable, published: Variable | None = None) -> Ratio:
    return Ratio(terms, tuple((variable, 1.0) for variable in base), published or base[0])


def single_term(variable: Variable) -> Terms:
    return ((variable, 1.0),)


class Reader:
    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self.indicators = {indicator["code"]: indicator for indicator in definitions.indicators}
        self.pairs = {pair["code"]: pair for pair in definitions.pairs}
        self.domains = {domain["code"]: domain for domain in definitions.domains}

    def meaning(self, row: Row) -> Meaning | None:
        """Returns the meaning of a row, or None for numbers that the attack does not read, such as changes."""
        match row.kind:
            case "item":
                return _item(row, self.definitions.items[row.subject])
            case "indicator":
                indicator = self.indicators[row.subject]
                return _indicator(row, indicator, self.definitions.items[indicator["item"]])
            case "pair":
                return self._pair(row, self.pairs[row.subject])
            case "score" if row.subject in self.domains and row.statistic == "mean":
                domain = row.subject
                return Meaning(
                    ratio(
                        single_term(total(("score", domain), ("scored", domain))), count(("scored", domain))
                    )
                )
        return None

    def _pair(self, row: Row, pair: Mapping[str, Any]) -> Meaning | None:
        code = pair["code"]
        complete, classified = count(("complete", code)), count(("classified", code))
        match row.statistic:
            case "belief" | "evidence":
                return Meaning(ratio(single_term(total((row.statistic, code), ("complete", code))), complete))
            case "gap":
                return Meaning(ratio(_gap(pair, "complete"), complete))
            case "single_informant_gap":
                return Meaning(ratio(_gap(pair, "alone"), count(("alone", code))))
            case "gap_over" | "gap_under":
                name = row.statistic.removeprefix("gap_")
                return Meaning(ratio(single_term(count(("complete", code), (name, code))), complete))
            case "weak_evidence":
                return Meaning(ratio(single_term(count(("complete", code), ("weak", code))), complete))
            case "over" | "aligned" | "under":
                terms = single_term(count(("complete", code), (row.statistic, code)))
                return Meaning(ratio(terms, classified), ratio(terms, complete), decided_with=code)
            case "no_evidence" | "evidence_estimated":
                name = "no_evidence" if row.statistic == "no_evidence" else "estimated_half"
                terms = single_term(count((name, code)))
                reduced = ratio(terms, classified, published=complete)
                return Meaning(ratio(terms, classified), reduced, decided_with=code)
            case "belief_dont_know" | "evidence_dont_know":
                item = self.definitions.items[pair[row.statistic.partition("_")[0]]]
                codes = item.codes("dont_know")
                terms = single_term(chose(item, *codes) if len(codes) == 1 else state(item, "dont_know"))
                reduced = ratio(terms, gave(item), published=answered(item))
                return Meaning(ratio(terms, gave(item)), reduced, decided_with=item.code)
        return None


def _gap(pair: Mapping[str, Any], part: str) -> Terms:
    code = pair["code"]
    if pair["gap"] in ("percent", "ordinal_time"):
        sign = 1.0 if pair["gap"] == "percent" else -1.0
        totals = [total((half, code), (part, code)) for half in ("belief", "evidence")]
        return (totals[0], sign), (totals[1], -sign)
    over, under = (count((part, code), (name, code)) for name in ("over", "under"))
    return (over, 100.0), (under, -100.0)


def _item(row: Row, item: Item) -> Meaning | None:
    if row.statistic in COUNTS:
        return Meaning(ratio(single_term(state(item, row.statistic)), count()), kind="count")
    if row.statistic == "nonresponse":
        blank = state(item, "blank")
        of_substance = ratio(single_term(blank), gave(item), blank, published=answered(item))
        return Meaning(ratio(single_term(blank), gave(item), blank), of_substance, "band", item.code)
    if row.statistic == "mean":
        return Meaning(
            ratio(single_term(total(("number", item.code), ("answered", item.code))), answered(item))
        )
    if row.statistic != "share":
        return None
    terms = single_term(chose(item, row.option))
    whole = ratio(terms, gave(item))
    if row.option in item.special:
        return Meaning(whole, ratio(terms, gave(item), published=answered(item)), decided_with=item.code)
    return Meaning(whole, ratio(terms, answered(item)), decided_with=item.code)


def _indicator(row: Row, indicator: Mapping[str, Any], item: Item) -> Meaning | None:
    statistic = indicator["statistic"]
    number = total(("number", item.code), ("answered", item.code))
    if statistic == "mean":
        if row.statistic == "mean":
            return Meaning(ratio(single_term(number), answered(item)))
        return _possible(row, single_term(number), item)
    if statistic != "share":
        limit = float(indicator["threshold"])
        hits = at(item, limit) if statistic == "share_at" else below(item, limit)
        of_all = of_substance = single_term(hits)
    else:
        codes = tuple(indicator["counts"])
        inside = tuple(code for code in codes if code in item.substantive)
        of_all, of_substance = (
            single_term(chose(item, *codes)),
            single_term(chose(item, *inside)) if inside else (),
        )
    in_base = indicator.get("dont_know", "out_of_base") == "in_base"
    with_all = Meaning(ratio(of_all, gave(item)), ratio(of_substance, answered(item)), "ratio", item.code)
    without = Meaning(ratio(of_substance, answered(item)))
    if not of_substance:
        with_all = Meaning(
            with_all.as_named, ratio(of_all, gave(item), published=answered(item)), "ratio", item.code
        )
        without = Meaning(without.as_named, kind="nobody")
    match row.statistic:
        case "share":
            return with_all if in_base else without
        case "share_with_dont_know":
            return with_all
        case "share_without_dont_know":
            return without
    return _possible(row, of_substance, item) if of_substance else None


def _possible(row: Row, terms: Terms, item: Item) -> Meaning | None:
    """Bases: everybody who answered, or all organisations. At the highest, everybody without a substantive answer
    counts as at the top."""
    if row.statistic not in ("lowest_possible", "highest_possible"):
        return None
    kind = row.statistic.partition("_")[0]
    if kind == "highest":
        top = 100.0 if row.unit == "percent" else 1.0
        terms = (*terms, (gave(item), top), (answered(item), -top))
    return Meaning(ratio(terms, gave(item), published=answered(item)), kind=kind)
