"""Verdicts of differences that are not from a published figure, each from its family. Part of verify.py."""

from __future__ import annotations

from collections import defaultdict

from formulas import benjamini_hochberg, t_of
from table import AGAINST_REST, Book, Row, Table, exact, number

ENDINGS = {"rest": AGAINST_REST, "earlier_wave": "_change", "zero": ""}
SMALLEST_BASE = 30
MARGIN = 10
COPIED = {"difference": "value", "ci_low": "ci_low", "ci_high": "ci_high"}
UNTESTED = ("withheld", "break", "small_base")


def check_differences(table: Table, differences: list[Row], pairs: list[Row], book: Book) -> None:
    """All differences from the rest are one family, else those of one cohort."""
    bands = {row["pair"] for row in pairs if row["gap"] == "ordinal_time"}
    families: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in differences:
        check_copy(table, row, bands, book)
        cohort = "" if row["compared_with"] == "rest" else row["cohort"]
        families[row["compared_with"], cohort].append(row)
    for family in families.values():
        check_family(table, family, book)


def check_copy(table: Table, row: Row, bands: set[str], book: Book) -> None:
    """Numbers are those of the released difference; without it there are none."""
    source, name = source_of(table, row), named(row)
    if row["reason"] in ("withheld", "break"):
        is_empty = not any(row[column] for column in (*COPIED, "p_value", "p_adjusted"))
        book.holds("withheld rows", name, is_empty, "holds a number")
        return
    if source is None:
        book.holds("differences", name, False, "no released difference")
        return
    for column, released in COPIED.items():
        book.same("differences", f"{name}, {column}", number(source[released]), number(row[column]))
    test = source
    if row["compared_with"] == "zero" and row["subject"] in bands:
        test = table.get(("pair", row["subject"], "gap_median", "", row["cohort"]), source)
    book.same("differences", f"{name}, p_value", number(test["p_value"]), number(row["p_value"]))


def check_family(table: Table, family: list[Row], book: Book) -> None:
    tested = [row for row in family if row["reason"] not in UNTESTED and row["p_value"]]
    ps = [exact(row["p_value"]) for row in tested]
    corrected = holm(ps) if family[0]["correction"] == "holm" else benjamini_hochberg(ps)
    adjusted = {id(row): p for row, p in zip(tested, corrected, strict=True)}
    for row in family:
        name, p = named(row), adjusted.get(id(row))
        book.same("families", f"{name}, family_size", number(row["family_size"]), float(len(tested)))
        book.same("families", f"{name}, p_adjusted", number(row["p_adjusted"]), p)
        if p is not None:
            book.same("verdicts", f"{name}, verdict", row["verdict"], verdict_of(table, row, p))
        elif row["reason"] == "small_base":
            check_small(table, row, book)
        else:
            is_named = row["reason"] in ("withheld", "break", "spread_unknown")
            book.holds("verdicts", name, is_named and not row["verdict"], "a verdict without a test")


def verdict_of(table: Table, row: Row, adjusted: float) -> str:
    level, difference = exact(row["level"]), exact(row["difference"])
    if adjusted <= 1 - level:
        return "higher" if difference > 0 else "lower"
    if exact(row["p_value"]) <= 1 - level:
        return "not_clear_together"
    source = source_of(table, row)
    if (
        row["compared_with"] == "zero"
        or row["unit"] != "points"
        or source is None
        or not number(source["se"])
    ):
        return "no_clear_difference"
    base = exact(source["effective_base"] or source["base"])
    reach = t_of(2 * level - 1, base - 1) * exact(source["se"])
    is_within = max(abs(difference - reach), abs(difference + reach)) < MARGIN
    return "about_the_same" if is_within else "no_clear_difference"


def check_small(table: Table, row: Row, book: Book) -> None:
    """The base of the earlier wave is in its own release."""
    if row["compared_with"] == "earlier_wave":
        return
    base = exact((source_of(table, row) or row)["base"])
    if row["compared_with"] == "rest":
        own, total = (plain(table, row, cohort) for cohort in (row["cohort"], "all"))
        base = min(exact(own["effective_base"] or own["base"]), exact(total["base"]) - exact(own["base"]))
    book.holds("verdicts", named(row), base < SMALLEST_BASE, "its base is not small")


def source_of(table: Table, row: Row) -> Row | None:
    statistic = f"{row['statistic']}{ENDINGS[row['compared_with']]}"
    return table.get((row["subject_kind"], row["subject"], statistic, "", row["cohort"]))


def plain(table: Table, row: Row, cohort: str) -> Row:
    return table[(row["subject_kind"], row["subject"], row["statistic"], "", cohort)]


def named(row: Row) -> str:
    return f"{row['subject']} {row['statistic']}, {row['compared_with']}, {row['cohort']}"


def holm(ps: list[float]) -> list[float]:
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    corrected, highest = [0.0] * len(ps), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, ps[place] * (len(ps) - rank)))
        corrected[place] = highest
    return corrected
