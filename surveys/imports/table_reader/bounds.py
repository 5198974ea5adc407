"""Limits for the size of a file and its parts."""

import json
from dataclasses import asdict, dataclass

MAX_RATIO = 100
MAX_ENTRIES = 200
MAX_CELL_LENGTH = 32_767
WRITTEN_PER_BYTE = 4
SECONDS, SECONDS_PER_MEGABYTE = 10, 1


class FileRefused(ValueError):
    """The file is refused. The message is for the person who uploaded it, and quotes nothing of the file."""


@dataclass(frozen=True)
class Bounds:
    """The limits of one file. Those for unpacked and written bytes follow from `largest_file`."""

    largest_file: int = 10_000_000
    most_rows: int = 100_000
    most_columns: int = 1_000

    @property
    def most_unpacked(self) -> int:
        return WRITTEN_PER_BYTE * self.largest_file

    @property
    def most_written(self) -> int:
        return WRITTEN_PER_BYTE * self.largest_file

    @property
    def seconds(self) -> int:
        """Returns the limit of processor time and of elapsed time."""
        return SECONDS + SECONDS_PER_MEGABYTE * (self.largest_file // 1_000_000)


@dataclass(frozen=True)
class TableFormat:
    """The settings of a file that are known beforehand. Empty settings are detected from the file.

    `dates` holds pairs of a column header and the format of its dates, as in `strptime`.
    """

    encoding: str = ""
    separator: str = ""
    header_rows: int = 1
    dates: tuple[tuple[str, str], ...] = ()


def to_arguments(bounds: Bounds, table_format: TableFormat) -> list[str]:
    return [json.dumps(asdict(bounds)), json.dumps(asdict(table_format))]


def from_arguments(arguments: list[str]) -> tuple[Bounds, TableFormat]:
    """Returns the bounds and the format from the command line, or the defaults without arguments."""
    values = [json.loads(argument) for argument in arguments] + [{}, {}]
    format_values = dict(values[1])
    format_values["dates"] = tuple(
        (name, date_format) for name, date_format in format_values.get("dates", ())
    )
    return Bounds(**values[0]), TableFormat(**format_values)
