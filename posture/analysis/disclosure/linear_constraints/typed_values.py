"""Limits the types of a pair by the sums of belief and evidence: an organisation of the type over or under has a gap
above the limit."""

import numpy as np

from posture.analysis.answers.pair_values import (
    ALIGNED,
    ALIGNED_WITHIN_POINTS,
    OVER,
    PERCENT,
    UNDER,
    PairValues,
)
from posture.analysis.disclosure.linear_constraints.counts import Relations

HALVES = ("belief", "evidence")


def add_typed_values(
    relations: Relations, pair_values: PairValues, types: dict[str, int], lowest: dict[str, float]
) -> None:
    """Adds the limits, for pairs of percents and of bands. Answers are whole numbers, so a gap above the limit is at
    least one more. lowest: the value of a score of 0, for belief and evidence."""
    code, is_percent = pair_values.pair.code, pair_values.pair.gap == PERCENT
    values = {"belief": pair_values.belief, "evidence": pair_values.evidence}
    of_type: dict[tuple[str, str], int] = {}
    for half in HALVES:
        part = relations.place(f"{code} {half}")
        top = relations.counts[part].top
        for name, place in types.items():
            scores = np.nan_to_num(values[half] - lowest[half])
            options = {"top": top, "is_sensitive": False}
            count = relations.count(f"{code} {half} of {name}", scores, pair_values.of_type(name), **options)
            relations.within[count] = place
            of_type[half, name] = count
        relations.holds(part, [of_type[half, name] for name in types])
    sign, limit = (1.0, ALIGNED_WITHIN_POINTS) if is_percent else (-1.0, 0)
    apart = sign * (lowest["belief"] - lowest["evidence"])
    for name, direction, most in (
        (OVER, -1.0, -(limit + 1)),
        (UNDER, 1.0, -(limit + 1)),
        (ALIGNED, 1.0, limit),
        (ALIGNED, -1.0, limit),
    ):
        belief, evidence = (of_type[half, name] for half in HALVES)
        gap = ((belief, direction * sign), (evidence, -direction * sign))
        relations.at_most_zero.append((*gap, (types[name], direction * apart - most)))
