"""Finds the first line and the number of cells of each record of a separated text.

pandas fills short records with blanks and reports neither number, but messages to the analyst need both.
"""

from array import array
from collections.abc import Iterable

from surveys.imports.table_reader.bounds import MAX_CELL_LENGTH, Bounds, FileRefused


class RecordShapes:
    """The shapes of records. `lines` and `cells` hold one number for each record; a blank line is a record without
    cells."""

    def __init__(self, separator: str, bounds: Bounds) -> None:
        self.separator, self.bounds = separator, bounds
        self.lines, self.cells = array("Q"), array("L")
        self.records, self.widest = 0, 0
        self._line, self._begins_at, self._count, self._length = 1, 1, 0, 0
        self._is_quoted = False

    def read(self, pieces: Iterable[str]) -> None:
        """Reads a text. Raises Refused."""
        unfinished = ""
        for piece in pieces:
            *lines, unfinished = (unfinished + piece).split("\n")
            for line in lines:
                self._add(line)
            self._refuse_long(unfinished)
        if unfinished:
            self._add(unfinished)
        if self._is_quoted:
            raise self._refused("quotes do not match")

    def _add(self, line: str) -> None:
        if self._is_quoted or '"' in line:
            self._count += self._separators(line)
            self._length = self._length + len(line) + 1 if self._is_quoted else 0
            self._refuse_long(line)
        else:
            self._count += line.count(self.separator)
        if not self._is_quoted:
            is_blank = not line and self._begins_at == self._line
            self._end_record(0 if is_blank else self._count + 1)
        self._line += 1
        if not self._is_quoted:
            self._begins_at = self._line

    def _end_record(self, cells: int) -> None:
        if cells > self.bounds.most_columns:
            raise FileRefused(f"Line {self._begins_at} has more than {self.bounds.most_columns:,} columns.")
        self.records += cells > 0
        if self.records > self.bounds.most_rows:
            raise FileRefused(f"The table has more than {self.bounds.most_rows:,} rows.")
        self.lines.append(self._begins_at)
        self.cells.append(cells)
        self.widest = max(self.widest, cells)
        self._count = 0

    def _separators(self, line: str) -> int:
        """Counts the separators outside of quotes. A quote within an unquoted cell is an ordinary character."""
        count, begins_cell, was_closed = 0, True, False
        parts = line.split('"')
        for index, part in enumerate(parts):
            if not self._is_quoted:
                if was_closed and part and not part.startswith(self.separator):
                    raise self._refused("quotes do not match")
                count += part.count(self.separator)
                begins_cell = part.endswith(self.separator) or (begins_cell and not part)
            if index == len(parts) - 1:
                break
            if self._is_quoted:
                self._is_quoted, was_closed, begins_cell = False, True, False
            elif begins_cell or (was_closed and not part):
                self._is_quoted, was_closed = True, False
        return count

    def _refuse_long(self, line: str) -> None:
        """Raises Refused for text that is too long for a cell, before it fills the memory."""
        if self._is_quoted and self._length + len(line) > MAX_CELL_LENGTH * self.bounds.most_columns:
            raise self._refused(f"a cell has more than {MAX_CELL_LENGTH:,} characters")

    def _refused(self, reason: str) -> FileRefused:
        return FileRefused(f"After line {self._begins_at - 1} {reason}.")
