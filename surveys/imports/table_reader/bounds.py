"""How large a file and its parts may be."""

import json
from dataclasses import asdict, dataclass

MOST_RATIO = 100
MOST_ENTRIES = 200
LONGEST_CELL = 32_767
WRITTEN_PER_BYTE = 4
SECONDS, SECONDS_PER_MEGABYTE = 10, 1


class Refused(ValueError):
    """Plain words for whoever sent the file; nothing of the file is quoted."""


@dataclass(frozen=True)
class Bounds:
    """Of one file. What a workbook has unpacked, and what is written of it, follow from the largest file."""

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
        """Of processor time, and by the clock."""
        return SECONDS + SECONDS_PER_MEGABYTE * (self.largest_file // 1_000_000)


@dataclass(frozen=True)
class TableFormat:
    """What is known of a file beforehand. Empty: it is recognised from the file. `dates`: by the header of a column
    the form of its dates, as `strptime` has it."""

    encoding: str = ""
    separator: str = ""
    header_rows: int = 1
    dates: tuple[tuple[str, str], ...] = ()


def to_arguments(bounds: Bounds, table_format: TableFormat) -> list[str]:
    return [json.dumps(asdict(bounds)), json.dumps(asdict(table_format))]


def from_arguments(arguments: list[str]) -> tuple[Bounds, TableFormat]:
    """Without arguments the defaults."""
    given = [json.loads(one) for one in arguments] + [{}, {}]
    known = dict(given[1])
    known["dates"] = tuple((name, written_as) for name, written_as in known.get("dates", ()))
    return Bounds(**given[0]), TableFormat(**known)
