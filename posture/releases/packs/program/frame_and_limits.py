"""What verify.py derives of limits of all organisations, of design effects, and of numbers that are corrected for the
size of the frame."""

from __future__ import annotations

import math

from formulas import EXACT, mcnemar_midp, newcombe, p_by_level, tango, welch, wilson, z_of
from table import (
    Book,
    Row,
    Table,
    against_rest,
    degrees,
    exact,
    group_of,
    named,
    number,
    same_interval,
)

BY_SEARCH = 1e-6
PRINTED_DESIGN_EFFECT = 0.005
REST_OF_FRAME = "differences from the rest of a frame"


def check_limits_of_all(table: Table, book: Book) -> None:
    """They enclose the limits of those who answered."""
    for identity, row in table.items():
        kind, subject, statistic, option, cohort = identity
        if not statistic.endswith("_possible_of_all") or not row["value"]:
            continue
        answered = table[(kind, subject, statistic.removesuffix("_of_all"), option, cohort)]
        is_low = statistic.startswith("lowest")
        low, high = (row, answered) if is_low else (answered, row)
        encloses = not answered["value"] or exact(low["value"]) <= exact(high["value"]) + EXACT
        book.holds(
            "limits of all organisations", named(row), encloses, "inside the limits of those who answered"
        )


def check_design_effects(rows: list[Row], book: Book) -> None:
    """The effective base is base - 1 over the design effect, rounded down, and never above the base."""
    for row in rows:
        if not row["design_effect"]:
            continue
        base, effective, effect = (exact(row[name]) for name in ("base", "effective_base", "design_effect"))
        most = base if effect <= PRINTED_DESIGN_EFFECT else (base - 1) / (effect - PRINTED_DESIGN_EFFECT)
        least = (base - 1) / (effect + PRINTED_DESIGN_EFFECT)
        agrees = min(base, math.floor(least)) <= max(1, effective) <= max(1, min(base, most))
        book.holds("design effects", named(row), agrees, f"{effect} with an effective base of {effective}")


def corrected_base(base: float, fraction: float) -> float:
    if fraction == 1:
        return math.inf
    population = base / fraction
    return base * (population - 1) / (population - base)


def interval_on(share: float, base: float | None, z: float) -> tuple[float, float]:
    """base None: the whole frame answered, so nothing is uncertain."""
    return (share, share) if base is None else wilson(share * base, base, z)


def check_corrected_share(row: Row, book: Book) -> None:
    value, base, z = exact(row["value"]), number(row["effective_base"]), z_of(exact(row["level"]))
    same_interval("intervals of shares of a frame", row, interval_on(value, base, z), book)
    if row["se"]:
        se = 0.0 if base is None else math.sqrt(max(0.0, value * (1 - value)) / base)
        book.same("standard errors of shares of a frame", f"{named(row)}, se", number(row["se"]), se)


def check_corrected_bases(table: Table, population: float, book: Book) -> None:
    """From base and size of the frame, with the sampling fraction of the same number of all organisations."""
    for identity, row in table.items():
        if row["method"] in ("wilson_fpc", "tango_fpc"):
            everybody = table[(*identity[:4], "all")]
            corrected = corrected_base(exact(row["base"]), exact(everybody["base"]) / population)
            published = number(row["effective_base"])
            name = f"{named(row)}, effective_base"
            book.same(
                "effective bases of a frame", name, published, None if math.isinf(corrected) else corrected
            )


def check_corrected_pair(gap: Row, first: float, second: float, book: Book) -> None:
    base, effective, value = exact(gap["base"]), number(gap["effective_base"]), exact(gap["value"])
    limits, p = (value, value), None
    if effective is not None:
        times = effective / base
        low, high = tango(times * first, times * second, effective, z_of(exact(gap["level"])))
        limits, p = (100 * low, 100 * high), mcnemar_midp(first, second)
    same_interval("intervals of paired shares of a frame", gap, limits, book, BY_SEARCH)
    book.same("p-values of differences", f"{named(gap)}, p_value", number(gap["p_value"]), p, BY_SEARCH)


def check_corrected_rest(table: Table, population: float, book: Book) -> None:
    """A cohort against everybody else, each with its corrected base."""
    for row, own, total in against_rest(table, "newcombe_fpc"):
        base, everybody = exact(own["base"]), exact(total["base"])
        here = exact(own["value"])
        there = (exact(total["value"]) * everybody - here * base) / (everybody - base)
        bases = [corrected_base(size, everybody / population) for size in (base, everybody - base)]
        name = named(row)
        value = 100 * (here - there)
        book.same(REST_OF_FRAME, f"{name}, value", exact(row["value"]), value)
        if math.isinf(bases[0]):
            same_interval(REST_OF_FRAME, row, (value, value), book)
            continue

        def limits(level: float) -> tuple[float, float]:
            return newcombe(here, bases[0], there, bases[1], z_of(level))  # noqa: B023

        low, high = limits(exact(row["level"]))
        same_interval(REST_OF_FRAME, row, (100 * low, 100 * high), book)
        p = p_by_level(limits, here > there)
        book.same("p-values of differences", f"{name}, p_value", number(row["p_value"]), p, BY_SEARCH)


def check_corrected_means_against_rest(table: Table, population: float, book: Book) -> None:
    """Means and gaps of a cohort against everybody else: Welch's variance with the correction, his degrees of freedom
    without it."""
    for row, own, total in against_rest(table, "contrast_fpc"):
        fraction, name = exact(total["base"]) / population, named(row)
        here, everybody = (group_of(row, left_of_variance(row, fraction)) for row in (own, total))
        rest = everybody.without(here)
        se = 0.0
        if fraction < 1:
            _, uncorrected, df = welch(here, rest)
            se = uncorrected * math.sqrt(1 - fraction)
            book.same(REST_OF_FRAME, f"{name}, degrees", degrees(row), df, BY_SEARCH)
        book.same(REST_OF_FRAME, f"{name}, value", exact(row["value"]), here.mean - rest.mean, BY_SEARCH)
        book.same(REST_OF_FRAME, f"{name}, se", exact(row["se"]), se, BY_SEARCH)


def left_of_variance(row: Row, fraction: float) -> float:
    """The part that the correction leaves; 1 also where it leaves nothing, because nothing stays nothing."""
    if fraction == 1 or not row["method"].endswith("_fpc"):
        return 1.0
    base = exact(row["base"])
    return base / corrected_base(base, fraction) if row["method"] == "tango_fpc" else 1 - fraction
