"""Reads the times at which the respondent of a row started and submitted."""

import re
from collections.abc import Sequence
from datetime import datetime

from surveys.imports.mapping.columns import ColumnFinder
from surveys.imports.mapping.definition import Mapping
from surveys.imports.mapping.problems import CellProblem, quoted

# The form of times in workbooks, and in the output of the confined reader (`surveys.imports.table_reader`).
ISO_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")


class ResponseTimes:
    """Reads the times of rows. Without columns, every row has the date of the mapping, or the opening time of the
    wave."""

    def __init__(self, mapping: Mapping, finder: ColumnFinder) -> None:
        self.mapping, names = mapping, mapping.respondent
        self.names = [name for name in (names.started, names.submitted) if name]
        self.positions = [finder.column(name) for name in self.names]
        self.default = self._with_zone(names.date or mapping.wave.opens_at)

    def read(self, row: Sequence[str], problems: list[CellProblem]) -> tuple[datetime, datetime]:
        """Returns the times of start and submission. Adds errors to `problems`."""
        if not self.positions:
            return self.default, self.default
        times: list[datetime] = []
        for name, position in zip(self.names, self.positions, strict=True):
            try:
                times.append(self._time(row[position].strip(), name))
            except CellProblem as problem:
                problems.append(problem)
        if len(times) < len(self.names):
            return self.default, self.default
        if times[-1] < times[0]:
            problems.append(CellProblem(self.names[-1], f"expected a time after {self.names[0]}"))
        return times[0], times[-1]

    def _time(self, text: str, name: str) -> datetime:
        date_format = self.mapping.respondent.date_format
        try:
            is_known = ISO_TIME.fullmatch(text)
            parsed = datetime.fromisoformat(text) if is_known else datetime.strptime(text, date_format)
        except ValueError:
            raise CellProblem(name, f"expected a time like {date_format}, found {quoted(text)}") from None
        time, wave = self._with_zone(parsed), self.mapping.wave
        if not wave.opens_at <= time < wave.closes_at:
            raise CellProblem(
                name, f"expected a time from {wave.opens_at:%Y-%m-%d} to {wave.closes_at:%Y-%m-%d}"
            )
        return time

    def _with_zone(self, time: datetime) -> datetime:
        return time if time.tzinfo else time.replace(tzinfo=self.mapping.wave.opens_at.tzinfo)
