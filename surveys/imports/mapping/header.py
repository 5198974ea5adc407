"""Finds the columns of a file by the names in its header rows."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from surveys.imports.mapping.definition import Mapping
from surveys.imports.mapping.problems import folded, quoted

UNNAMED = "no name"


@dataclass(frozen=True)
class ColumnName:
    """The name of a column. `second_row` is the text of the second header row if the first holds questions."""

    question: str
    second_row: str = ""

    def __str__(self) -> str:
        return f"{self.question} / {self.second_row}" if self.second_row else self.question


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
        self.names = self._numbered_names(names)
        self.positions = {name: position for position, name in enumerate(self.names)}

    def _numbered_names(self, names: Iterable[ColumnName]) -> list[ColumnName]:
        counts: Counter[ColumnName] = Counter()
        distinct = []
        for position, name in enumerate(names, start=1):
            if not (name.question or name.second_row):
                distinct.append(ColumnName(f"column {position} ({UNNAMED})"))
                continue
            counts[name] += 1
            if counts[name] == 1:
                distinct.append(name)
                continue
            renamed = _numbered(name, counts[name])
            self.remarks.append(f"Column {position} is called {quoted(str(name))} like an earlier column.")
            distinct.append(renamed)
        return distinct

    def position(self, question: str, second_row: str = "") -> int | None:
        return self.positions.get(ColumnName(folded(question), folded(second_row)))

    def not_in(self, positions: Collection[int]) -> list[ColumnName]:
        return [name for position, name in enumerate(self.names) if position not in positions]


def _questions_over_options(upper_row: Sequence[str], lower_row: Sequence[str]) -> list[ColumnName]:
    names, question = [], ""
    for upper, lower in zip(upper_row, lower_row, strict=True):
        question = upper or question
        names.append(ColumnName(question, lower) if upper or lower else ColumnName(""))
    return names


def _numbered(name: ColumnName, number: int) -> ColumnName:
    if name.second_row:
        return ColumnName(name.question, f"{name.second_row} [{number}]")
    return ColumnName(f"{name.question} [{number}]")
