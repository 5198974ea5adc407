"""The answers of one wave as the analysis sees them: who was asked in which cohort, and the state of every item."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from surveys.cohorts import ALL, CROSSED, DIMENSIONS, NOT_STATED, cohort_slug

ANSWERED = "answered"
DONT_KNOW = "dont_know"
NO_EVIDENCE = "no_evidence"
NOT_APPLICABLE = "not_applicable"
DECLINED = "declined"
BLANK = "blank"
ROUTED_OUT = "routed_out"
NO_RESPONDENT = "no_respondent"

GAVE_AN_ANSWER = (ANSWERED, DONT_KNOW, NO_EVIDENCE, DECLINED)
COLUMNS = ("unit", "item", "state", "number", "options", "basis", "informant")

Mask = np.ndarray


@dataclass(frozen=True)
class Cohort:
    slug: str
    dimension: str
    members: Mask


@dataclass(frozen=True)
class WaveData:
    """units: one row per organisation, index its key, columns of the cohort dimensions ("" when not stated).
    crossed: dimensions whose cohorts are crossed with each other, such as "sector+size_band".
    answers: COLUMNS, at most one row per unit and item; a unit without a row for an item has no respondent for it.
    """

    units: pd.DataFrame
    answers: pd.DataFrame
    crossed: tuple[str, ...] = ()

    @cached_property
    def _by_item(self) -> dict[str, pd.DataFrame]:
        return {
            str(code): rows.set_index("unit").drop(columns="item")
            for code, rows in self.answers.groupby("item")
        }

    def item(self, code: str) -> pd.DataFrame:
        """One row per unit, in the order of `units`: state, number (NaN when none), options, basis, informant."""
        rows = self._by_item.get(code)
        if rows is None:
            rows = pd.DataFrame(columns=["state", "number", "options", "basis", "informant"])
        table = rows.reindex(self.units.index)
        table["state"] = table["state"].fillna(NO_RESPONDENT)
        table["number"] = pd.to_numeric(table["number"])
        return table

    def cohorts(self) -> Iterator[Cohort]:
        """All organisations, then the cohorts of each dimension, then those of the crossed ones."""
        single = list(self._single_cohorts())
        yield from single
        for name in self.crossed:
            first, second = ([one for one in single if one.dimension == code] for code in name.split(CROSSED))
            for a, b in product(first, second):
                yield Cohort(f"{a.slug}{CROSSED}{b.slug}", name, a.members & b.members)

    def _single_cohorts(self) -> Iterator[Cohort]:
        """All organisations, then every cohort of each dimension that anybody stated, the empty ones too."""
        yield Cohort(ALL, ALL, np.ones(len(self.units), dtype=bool))
        for dimension in DIMENSIONS:
            values = self.units[dimension.code].to_numpy()
            if not any(values):
                continue
            for code in dimension.codes:
                yield Cohort(cohort_slug(dimension.code, code), dimension.code, values == code)
            if "" in values:
                yield Cohort(cohort_slug(dimension.code, NOT_STATED), dimension.code, values == "")
