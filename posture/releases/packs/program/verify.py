#!/usr/bin/env python3
"""Derives the published derived numbers of this release again from the released ones and prints every disagreement.

    python3 verify.py [FOLDER]

Python 3.10 or later, nothing else. FOLDER is the unpacked file, the one of this program unless said otherwise.
Exit code 0: nothing disagrees; 1: something does. What each formula is stands on the page "Methods".
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from differences import check_differences
from formulas import (
    EXACT,
    Compared,
    Figure,
    Ours,
    benjamini_hochberg,
    beyond,
    compared,
    mcnemar_midp,
    newcombe,
    p_by_level,
    t_of,
    tango,
    welch,
    wilson,
    z_of,
)
from frame_and_limits import (
    check_corrected_bases,
    check_corrected_means_against_rest,
    check_corrected_pair,
    check_corrected_rest,
    check_corrected_share,
    check_design_effects,
    check_limits_of_all,
)
from table import (
    CONTRASTS,
    Book,
    Row,
    Table,
    against_rest,
    degrees,
    exact,
    group_of,
    key,
    named,
    number,
    read,
    same_interval,
)

Halves = dict[str, Row | None]
NUMBERS = (
    "base", "weighted_base", "effective_base", "design_effect", "value", "unweighted_value", "se", "ci_low", "ci_high",
    "p_value",
)  # fmt: skip
PRINTED = {"share": 0.01, "percent": 1.0, "points": 1.0, "bands": 0.1, "count": 1.0}
COUNTED = 1e-6
SCALES = {"percent": (0.0, 100.0), "score": (0.0, 100.0), "points": (-100.0, 100.0)}
HALVES = ("belief", "evidence", "gap")
SIDES = ("gap_over", "gap_under")
TYPES = ("over", "under", "aligned", "no_evidence")
POSSIBLE = ("lowest_possible", "highest_possible")
MUCH = 0.3
DIFFERENCES = (*CONTRASTS, "paired_t")
CLEAR = ("higher", "lower")
YES_OR_NO = ("binary", "binary_derived", "informant")
BY_SEARCH = 1e-6


# The released table


def check_rows(rows: list[Row], threshold: int, book: Book) -> None:
    for row in rows:
        if row["status"] == "suppressed":
            is_empty = not any(row[name] for name in NUMBERS) and not row["bound"]
            book.holds("withheld rows are empty", named(row), is_empty, "withheld, and not empty")
            continue
        base = exact(row["base"])
        book.holds(
            "bases reach the threshold", named(row), base >= threshold, f"base {base} below {threshold}"
        )
        if row["ci_low"]:
            low, value, high = exact(row["ci_low"]), exact(row["value"]), exact(row["ci_high"])
            is_inside = low - EXACT <= value <= high + EXACT
            book.holds("values lie in their intervals", named(row), is_inside, "value outside its interval")


def check_intervals(rows: list[Row], book: Book) -> None:
    """In a weighted release interval and p-value follow from the printed value, standard error and effective base."""
    quantiles: dict[tuple[float, float], float] = {}
    for row in rows:
        if row["status"] == "suppressed" or row["bound"] or not row["value"]:
            continue
        if row["method"] == "wilson":
            check_share(row, book)
        elif row["method"] == "wilson_fpc":
            check_corrected_share(row, book)
        elif row["se"] and number(row["se"]):
            settings = exact(row["level"]), degrees(row)
            if settings not in quantiles:
                quantiles[settings] = t_of(*settings)
            if row["method"] == "wilson_jackknife":
                check_weighted_share(row, quantiles[settings], book)
            elif row["method"] in ("t", "t_jackknife", "t_fpc", *DIFFERENCES):
                check_mean(row, quantiles[settings], book)


def check_share(row: Row, book: Book) -> None:
    value, base = exact(row["value"]), exact(row["base"])
    is_count = abs(value * base - round(value * base)) < COUNTED
    book.holds("shares are counts of their base", named(row), is_count, f"{value} is no count of {base}")
    if row["se"]:
        se = math.sqrt(max(0.0, value * (1 - value)) / base)
        book.same("standard errors of shares", f"{named(row)}, se", number(row["se"]), se)
    same_interval("intervals of shares", row, wilson(value * base, base, z_of(exact(row["level"]))), book)


def check_weighted_share(row: Row, quantile: float, book: Book) -> None:
    value, effective = exact(row["value"]), exact(row["effective_base"])
    same_interval("intervals of weighted shares", row, wilson(value * effective, effective, quantile), book)


def check_mean(row: Row, quantile: float, book: Book) -> None:
    value, se = exact(row["value"]), exact(row["se"])
    lowest, highest = SCALES.get(row["unit"], (-math.inf, math.inf))
    is_cut = row["method"] not in DIFFERENCES or lowest in (
        number(row["ci_low"]),
        -exact(row["ci_high"] or "nan"),
    )
    if not is_cut:
        lowest, highest = -math.inf, math.inf
    limits = max(lowest, value - quantile * se), min(highest, value + quantile * se)
    same_interval("intervals of means and their differences", row, limits, book)
    if row["p_value"]:
        p = beyond(abs(value / se), degrees(row))
        book.same("p-values of differences", f"{named(row)}, p_value", number(row["p_value"]), p, BY_SEARCH)


def check_rest(table: Table, book: Book) -> None:
    """A cohort against everybody else: the total less the cohort."""
    for row, own, total in against_rest(table, "contrast"):
        if row["effective_base"]:
            check_welch(row, own, total, book)
    for row, own, total in against_rest(table, "newcombe"):
        counts = [round(exact(row["value"]) * exact(row["base"])) for row in (own, total)]
        base, rest = exact(own["base"]), exact(total["base"]) - exact(own["base"])
        here, there = counts[0] / base, (counts[1] - counts[0]) / rest
        name, level = named(row), exact(row["level"])
        book.same("differences from the rest", f"{name}, value", exact(row["value"]), 100 * (here - there))
        low, high = newcombe(here, base, there, rest, z_of(level))
        same_interval("differences from the rest", row, (100 * low, 100 * high), book)
        p = p_by_level(lambda level: newcombe(here, base, there, rest, z_of(level)), here > there)  # noqa: B023
        book.same("differences from the rest", f"{name}, p_value", number(row["p_value"]), p, BY_SEARCH)


def check_welch(row: Row, own: Row, total: Row, book: Book) -> None:
    """Of releases since methods 1.1, whose differences of means have an effective base."""
    here, everybody = (group_of(row) for row in (own, total))
    derived = welch(here, everybody.without(here))
    published = exact(row["value"]), number(row["se"]), degrees(row)
    for name, expected, other in zip(("value", "se", "degrees"), published, derived, strict=True):
        book.same("differences from the rest", f"{named(row)}, {name}", expected, other, BY_SEARCH)


def check_pairs(rows: list[Row], pairs: list[Row], book: Book) -> None:
    table = {key(row): row for row in rows if row["status"] == "published" and not row["bound"]}
    for pair in pairs:
        for cohort in dict.fromkeys(row["cohort"] for row in rows):
            halves = {
                name: table.get(("pair", pair["pair"], name, "", cohort))
                for name in (*HALVES, *SIDES, *TYPES)
            }
            check_gap(pair, halves, book)
            check_sides(pair, halves, book)
            check_types(halves, book)


def slack(rows: list[Row]) -> float:
    """Half of the last printed place of each, in percent or bands; nothing where they are printed exactly."""
    weighted = [row for row in rows if row["method"].endswith("_jackknife")]
    return sum(PRINTED[row["unit"]] * (100 if row["unit"] == "share" else 1) / 2 for row in weighted)


def check_gap(pair: Row, halves: Halves, book: Book) -> None:
    """The gap is the difference of its halves, because all three rest on the same organisations."""
    belief, evidence, gap = halves["belief"], halves["evidence"], halves["gap"]
    if belief is None or evidence is None or gap is None:
        return
    difference = exact(belief["value"]) - exact(evidence["value"])
    if pair["gap"] in YES_OR_NO:
        difference *= 100
    if pair["gap"] in ("informant", "ordinal_time"):
        difference = -difference
    distance, most = abs(exact(gap["value"]) - difference), slack([belief, evidence, gap]) + COUNTED
    what = f"published {gap['value']}, derived {difference}"
    book.holds("gaps are differences of their halves", named(gap), distance <= most, what)


def check_sides(pair: Row, halves: Halves, book: Book) -> None:
    """On yes-or-no pairs the gap is over minus under, and its interval and p-value follow from both."""
    gap, over, under = (halves[name] for name in ("gap", *SIDES))
    if pair["gap"] not in YES_OR_NO or gap is None or over is None or under is None:
        return
    net = 100 * (exact(over["value"]) - exact(under["value"]))
    distance, most = abs(exact(gap["value"]) - net), slack([over, under, gap]) + COUNTED
    what = f"published {gap['value']}, derived {net}"
    book.holds("net gaps follow from over and under", named(gap), distance <= most, what)
    base = exact(gap["base"])
    first, second = (round(exact(row["value"]) * base) for row in (over, under))
    if gap["method"] == "tango_fpc":
        check_corrected_pair(gap, first, second, book)
    if gap["method"] != "tango":
        return
    low, high = tango(first, second, base, z_of(exact(gap["level"])))
    same_interval("intervals of paired shares", gap, (100 * low, 100 * high), book, BY_SEARCH)
    p = mcnemar_midp(first, second)
    book.same("p-values of differences", f"{named(gap)}, p_value", number(gap["p_value"]), p, BY_SEARCH)


def check_types(halves: Halves, book: Book) -> None:
    types = [row for name in TYPES if (row := halves[name]) is not None]
    if len(types) == len(TYPES):
        together = 100 * sum(exact(row["value"]) for row in types)
        is_all = abs(together - 100) <= 2 * slack(types) + COUNTED
        book.holds("types add up to everybody", named(types[0]), is_all, f"{together} percent together")


def figure_of(row: Row) -> Figure:
    return Figure(
        share=float(row["value"]) / 100,
        n=number(row["n_smallest"]) or number(row["n"]),
        rounding=0.5 * 10 ** -int(row["decimals"]) / 100,
        at_most=row["relation"] == "at_most",
        is_mean=row["unit"] == "mean_percent",
        disputed=row["disputed"] == "True",
    )


def check_possible(table: Table, book: Book) -> None:
    for identity, row in table.items():
        kind, subject, statistic, option, cohort = identity
        own = table.get((kind, subject, "mean" if row["unit"] == "percent" else "share", option, cohort))
        if row["method"] == "possible" and row["value"] and own is not None and own["value"]:
            value, limit, room = exact(own["value"]), exact(row["value"]), slack([own]) / 100 + EXACT
            is_inside = (
                limit <= value + room if statistic.startswith("lowest_possible") else limit >= value - room
            )
            book.holds("lowest and highest possible", named(row), is_inside, "not beyond the value")


def check_comparisons(table: Table, comparisons: list[Row], folder: Path, book: Book) -> None:
    figures = {row["code"]: figure_of(row) for row in read(folder / "definitions" / "benchmarks.csv")}
    items = {row["indicator"]: row["item"] for row in read(folder / "indicators.csv")}
    families: dict[str, list[Row]] = defaultdict(list)
    for comparison in comparisons:
        families[comparison["cohort"]].append(comparison)
    for cohort, family in families.items():
        derived = [
            compared_row(
                table, comparison["indicator"], items[comparison["indicator"]], cohort, comparison, figures
            )
            for comparison in family
        ]
        tested = [row.p for row in derived if row.p is not None]
        corrected = iter(benjamini_hochberg(tested))
        for comparison, row in zip(family, derived, strict=True):
            p = next(corrected) if row.p is not None else None
            is_clear = p is None or p <= 1 - level_of(table, comparison["indicator"], cohort)
            outcome = row.outcome if is_clear or row.outcome not in CLEAR else "not_clear_together"
            name = f"{comparison['indicator']} against {comparison['benchmark']}, {cohort}"
            same_comparison(name, comparison, outcome, row, book)
            book.same("families", f"{name}, p_adjusted", number(comparison["p_adjusted"]), p, BY_SEARCH)
            book.same(
                "families", f"{name}, family_size", number(comparison["family_size"]), float(len(tested))
            )


def own_row(table: Table, indicator: str, cohort: str) -> Row:
    rows = [table.get(("indicator", indicator, name, "", cohort)) for name in ("share", "mean")]
    return next(row for row in rows if row is not None)


def level_of(table: Table, indicator: str, cohort: str) -> float:
    return exact(own_row(table, indicator, cohort)["level"])


def compared_row(
    table: Table, indicator: str, item: str, cohort: str, published: Row, figures: dict[str, Figure]
) -> Compared:
    row = own_row(table, indicator, cohort)
    if not row["value"]:
        return Compared("withheld")
    ends = [table[("indicator", indicator, name, "", cohort)] for name in POSSIBLE]
    open_items = table[("item", item, "nonresponse", "", cohort)]
    per_share = 100 if row["unit"] == "percent" else 1
    ours = Ours(
        share=exact(row["value"]) / per_share,
        base=exact(row["effective_base"] or row["base"]),
        level=exact(row["level"]),
        possible=tuple(exact(end["value"]) / per_share for end in ends)
        if all(end["value"] for end in ends)
        else (),
        much_nonresponse=open_items["bound"] == "at_least" and exact(open_items["value"]) == MUCH,
    )
    limits = {"": (ours.share,), "at_most": (0.0, ours.share), "at_least": (ours.share, 1.0)}[row["bound"]]
    said = [
        compared(replace(ours, share=end), figures[published["benchmark"]], published["closeness"])
        for end in limits
    ]
    return said[0] if len(said) == 1 else over_range(*said)


def over_range(least: Compared, most: Compared) -> Compared:
    """What is said at both ends is said of the range, with the smaller difference and the larger p."""
    if least.outcome != most.outcome:
        return Compared("told_as_range")
    nearer = min((least, most), key=lambda limit: abs(limit.difference or 0))
    p = max((limit.p for limit in (least, most) if limit.p is not None), default=None)
    return replace(nearer, p=p, within=least.within and most.within)


def same_comparison(name: str, published: Row, outcome: str, derived: Compared, book: Book) -> None:
    book.same("verdicts", f"{name}, outcome", published["outcome"], outcome)
    within = published["by_less_than_margin"]
    book.same("verdicts", f"{name}, by less than 10 points", within, str(derived.within))
    book.same("verdicts", f"{name}, flips", published["flips"], str(derived.flips))
    for column, value in (
        ("difference", derived.difference),
        ("ci_low", derived.low),
        ("ci_high", derived.high),
    ):
        book.same("differences", f"{name}, {column}", number(published[column]), value)
    book.same("p-values", f"{name}, p", number(published["p"]), derived.p, BY_SEARCH)
    tipping = number(published["tipping_base"])
    book.same("tipping bases", f"{name}, tipping base", tipping, derived.tipping_base)


# The files


def check_digests(folder: Path, facts: dict[str, str], book: Book) -> None:
    for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines():
        kept, name = line.split("  ", 1)
        of_file = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        book.same("files", name, kept, of_file)
    digest = hashlib.sha256()
    for path in sorted((folder / "definitions").iterdir(), key=lambda path: path.name):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    book.same("files", "definitions", facts["definitions_digest"], digest.hexdigest())


def main(folder: Path) -> int:
    facts = {row["name"]: row["value"] for row in read(folder / "release.csv")}
    rows = read(folder / "estimates.csv")
    book = Book()
    check_digests(folder, facts, book)
    check_rows(rows, int(facts["threshold"]), book)
    check_intervals(rows, book)
    check_pairs(rows, read(folder / "pairs.csv"), book)
    table = {key(row): row for row in rows}
    check_possible(table, book)
    check_limits_of_all(table, book)
    check_design_effects(rows, book)
    check_rest(table, book)
    if facts.get("finite_population"):
        check_corrected_bases(table, exact(facts["finite_population"]), book)
        check_corrected_rest(table, exact(facts["finite_population"]), book)
        check_corrected_means_against_rest(table, exact(facts["finite_population"]), book)
    comparisons = read(folder / "comparisons.csv")
    check_comparisons(table, comparisons, folder, book)
    differences = read(folder / "differences.csv")
    check_differences(table, differences, read(folder / "pairs.csv"), book)
    counts = f"{len(comparisons)} comparisons with published figures and {len(differences)} others"
    print(f"Release {facts['release']}: {len(rows)} rows, {counts}.")
    for kind, count in book.derived.items():
        print(f"{count:8}  {kind}")
    for disagreement in book.disagreements:
        print(f"DISAGREES  {disagreement}")
    print(f"{len(book.disagreements)} disagreements.")
    return 1 if book.disagreements else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
