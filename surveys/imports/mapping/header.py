"""Finds the columns of a file by the names in its header rows."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from surveys.imports.mapping.definition import Mapping
from surveys.imports.mapping.problems import folded, quoted

UNNAMED = "no name"


@dataclass(frozen=True)
class ColumnName:
    """The name of a column. `below` is the text of the second header row if the first holds questions, else empty."""

    question: str
    below: str = ""

    def __str__(self) -> str:
        return f"{self.question} / {self.below}" if self.below else self.question


class Header:
    """Positions of columns by name. Runs of blanks of every kind count as one blank.

    Of several columns with one name, the first keeps it, and the next are called `name [2]`, `name [3]`. `remarks`
    lists these. A column without a name is called `column 3 (no name)`.
    """

    def __init__(self, rows: Sequence[Sequence[str]], mapping: Mapping) -> None:
        self.width = max(len(row) for row in rows)
        padded = [[folded(cell) for cell in row] + [""] * (self.width - len(row)) for row in rows]
        if mapping.has_questions_over_options:
            names = _questions_over_options(padded[0], padded[1])
        else:
            names = [ColumnName(cell) for cell in padded[mapping.names_row - 1]]
        self.remarks: list[str] = []
        self.names = self._told_apart(names)
        self.positions = {name: position for position, name in enumerate(self.names)}

    def _told_apart(self, names: Iterable[ColumnName]) -> list[ColumnName]:
        seen: Counter[ColumnName] = Counter()
        distinct = []
        for position, name in enumerate(names, start=1):
            if not (name.question or name.below):
                distinct.append(ColumnName(f"column {position} ({UNNAMED})"))
                continue
            seen[name] += 1
            if seen[name] == 1:
                distinct.append(name)
                continue
            renamed = _numbered(name, seen[name])
            self.remarks.append(f"Column {position} is called {quoted(str(name))} like an earlier column.")
            distinct.append(renamed)
        return distinct

    def position(self, question: str, below: str = "") -> int | None:
        return self.positions.get(ColumnName(folded(question), folded(below)))

    def below(self, question: str) -> list[ColumnName]:
        """Returns the columns of one question."""
        return [name for name in self.names if name.question == folded(question)]

    def not_in(self, positions: Collection[int]) -> list[ColumnName]:
        return [name for position, name in enumerate(self.names) if position not in positions]


def _questions_over_options(above: Sequence[str], below: Sequence[str]) -> list[ColumnName]:
    names, question = [], ""
    for over, under in zip(above, below, strict=True):
        question = over or question
        names.append(ColumnName(question, under) if over or under else ColumnName(""))
    return names


def _numbered(name: ColumnName, number: int) -> ColumnName:
    if name.below:
        return ColumnName(name.question, f"{name.below} [{number}]")
    return ColumnName(f"{name.question} [{number}]")
