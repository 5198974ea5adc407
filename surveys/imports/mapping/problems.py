"""Problems of cells for the analyst: the column, the expected values, and the value found."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

MAX_QUOTED_LENGTH = 100
MAX_LISTED = 8
MIN_SIMILARITY = 0.6


@dataclass(frozen=True)
class CellProblem(Exception):
    """A cell that cannot be taken, with its column and the reason."""

    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.column}: {self.reason}"


def quoted(text: str) -> str:
    return repr(text if len(text) <= MAX_QUOTED_LENGTH else f"{text[:MAX_QUOTED_LENGTH]}…")


def folded(text: str) -> str:
    """Replaces each run of blanks of any kind, also non-breaking ones, by one blank, and strips both ends."""
    return " ".join(text.split())


def expected_one_of(text: str, choices: Iterable[str], *, kind: str = "one of its options") -> str:
    """Returns the reason why a text is none of the known ones, with the nearest of them."""
    names = list(choices)
    nearest = get_close_matches(text, names, n=1, cutoff=MIN_SIMILARITY) or _nearest_without_case(text, names)
    if nearest:
        return f"expected {kind}, found {quoted(text)}; the nearest is {quoted(nearest[0])}"
    listed = ", ".join(map(quoted, names[:MAX_LISTED])) + (", …" if len(names) > MAX_LISTED else "")
    return f"expected {kind} ({listed}), found {quoted(text)}"


def _nearest_without_case(text: str, names: list[str]) -> list[str]:
    lowered = {name.casefold(): name for name in names}
    matches = get_close_matches(text.casefold(), list(lowered), n=1, cutoff=MIN_SIMILARITY)
    return [lowered[name] for name in matches]
