"""Corrects the p-values of a family of comparisons. A missing p stays missing and does not count in the family."""

from collections.abc import Callable, Sequence

import numpy as np

Values = Sequence[float | None]


def adjusted(p_values: Values, method: str) -> list[float | None]:
    """Corrected p-values. method: BH, BY, holm, bonferroni, hochberg; the same numbers as R's p.adjust.

    Raises   ValueError for a p outside 0-1, KeyError for another method.
    Source   Benjamini and Hochberg (1995), Benjamini and Yekutieli (2001), Holm (1979), Hochberg (1988).
    """
    corrected = adjusted_array(np.array([np.nan if p is None else p for p in p_values]), method)
    return [None if p is None else q for p, q in zip(p_values, corrected.tolist(), strict=True)]


def adjusted_array(p_values: np.ndarray, method: str) -> np.ndarray:
    """Corrected p-values of an array of any shape, which is one family; NaN is missing."""
    is_known = ~np.isnan(p_values)
    known = p_values[is_known]
    if not ((known >= 0) & (known <= 1)).all():
        raise ValueError("a p-value lies between 0 and 1")
    corrected = np.full(p_values.shape, np.nan)
    corrected[is_known] = METHODS[method](known)
    return corrected


def _bonferroni(p: np.ndarray) -> np.ndarray:
    return np.minimum(1, len(p) * p)


def _holm(p: np.ndarray) -> np.ndarray:
    return _step_down(p, np.arange(len(p), 0, -1))


def _hochberg(p: np.ndarray) -> np.ndarray:
    return _step_up(p, np.arange(len(p), 0, -1))


def _benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    return _step_up(p, len(p) / np.arange(1, len(p) + 1))


def _benjamini_yekutieli(p: np.ndarray) -> np.ndarray:
    ranks = np.arange(1, len(p) + 1)
    return _step_up(p, (1 / ranks).sum() * len(p) / ranks)


def _step_down(p: np.ndarray, factors: np.ndarray) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    result = np.empty(len(p))
    result[order] = np.minimum(1, np.maximum.accumulate(factors * p[order]))
    return result


def _step_up(p: np.ndarray, factors: np.ndarray) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    result = np.empty(len(p))
    result[order] = np.minimum(1, np.minimum.accumulate((factors * p[order])[::-1])[::-1])
    return result


METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "BH": _benjamini_hochberg,
    "BY": _benjamini_yekutieli,
    "holm": _holm,
    "bonferroni": _bonferroni,
    "hochberg": _hochberg,
}
