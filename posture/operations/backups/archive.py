"""Reads and writes the content of an archive: a line about its origin, for each table a line with its columns and one
line per row, and at the end a manifest. The manifest has the count and the digest of every table. Lines are JSON."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO

import orjson

from posture.operations.backups import archive_values
from posture.operations.backups.envelope import OpeningReader, SealingWriter
from posture.operations.backups.errors import ArchiveRefused
from posture.operations.backups.key import BackupKey
from posture.operations.backups.schema_tables import Migration, Table

COMPRESSION = 3
Row = Sequence[Any]


@dataclass(frozen=True)
class TableContents:
    """Row count and digest of a table, independent of the database."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class ArchiveManifest:
    """`sequences`: the highest number that each table ever assigned, so that the number of a deleted row is never
    reused."""

    made_at: str
    product_version: str
    engine: str
    migrations: tuple[Migration, ...]
    left_out: tuple[str, ...]
    tables: Mapping[str, TableContents]
    sequences: Mapping[str, int]


class TableDigest:
    """Counts and digests rows while they pass through."""

    def __init__(self, table: Table) -> None:
        self._json_positions, self._digest, self.rows = table.json_positions, hashlib.sha256(), 0

    def add(self, row: Row) -> None:
        canonical_row = list(row)
        for position in self._json_positions:
            canonical_row[position] = archive_values.canonical(canonical_row[position])
        self._digest.update(orjson.dumps(canonical_row))
        self._digest.update(b"\n")
        self.rows += 1

    def contents(self) -> TableContents:
        return TableContents(self.rows, self._digest.hexdigest())


def table_contents(table: Table, rows: Iterable[Row]) -> TableContents:
    digest = TableDigest(table)
    for row in rows:
        digest.add(row)
    return digest.contents()


class ArchiveWriter:
    def __init__(self, file: BinaryIO, key: BackupKey, origin: ArchiveManifest) -> None:
        self._sealed = SealingWriter(file, key)
        self._lines = gzip.GzipFile(fileobj=self._sealed, mode="wb", compresslevel=COMPRESSION, mtime=0)
        self._origin = origin
        self._write_line({"origin": _as_json(origin)})

    def write_table(self, table: Table, rows: Iterable[Row]) -> TableContents:
        digest = TableDigest(table)
        self._write_line({"table": table.name, "columns": table.columns})
        for row in rows:
            self._lines.write(orjson.dumps(row) + b"\n")
            digest.add(row)
        return digest.contents()

    def finish(self, tables: Mapping[str, TableContents], sequences: Mapping[str, int]) -> ArchiveManifest:
        manifest = replace(self._origin, tables=dict(tables), sequences=dict(sequences))
        self._write_line({"manifest": _as_json(manifest)})
        self._lines.close()
        self._sealed.finish()
        return manifest

    def _write_line(self, content: Mapping[str, Any]) -> None:
        self._lines.write(orjson.dumps(content) + b"\n")


class ArchiveReader:
    """Reads an archive from its beginning. Raises ArchiveRefused at the first content that differs from what was
    written."""

    def __init__(self, file: BinaryIO, keys: Mapping[str, BackupKey]) -> None:
        sealed = io.BufferedReader(OpeningReader(file, keys), buffer_size=1024 * 1024)
        self._lines = gzip.GzipFile(fileobj=sealed, mode="rb")
        self.origin = _manifest(self._read_content("origin"))
        self.manifest: ArchiveManifest | None = None

    def tables(self) -> Iterator[tuple[str, list[str], Iterator[Row]]]:
        """Yields name, columns and rows of each table. The caller must read all rows of a table before the next
        table. After the last table `manifest` is set."""
        line = self._next_line()
        while "table" in line:
            next_lines: list[Any] = []
            names = [name for name, _ in line["columns"]]
            yield line["table"], names, self._rows(next_lines)
            line = next_lines[0]
        if "manifest" not in line or self._lines.read(1):
            raise ArchiveRefused("The archive does not end with its manifest.")
        self.manifest = _manifest(line["manifest"])

    def _rows(self, next_lines: list[Any]) -> Iterator[Row]:
        while isinstance(line := self._next_line(), list):
            yield line
        next_lines.append(line)

    def _read_content(self, name: str) -> Any:
        line = self._next_line()
        if name not in line:
            raise ArchiveRefused(f"The archive does not begin with its {name}.")
        return line[name]

    def _next_line(self) -> Any:
        try:
            return orjson.loads(self._lines.readline())
        except (orjson.JSONDecodeError, zlib.error, EOFError, gzip.BadGzipFile):
            raise ArchiveRefused("The archive opens, but what is in it cannot be read.") from None


def _as_json(manifest: ArchiveManifest) -> dict[str, Any]:
    return asdict(manifest)


def _manifest(content: Any) -> ArchiveManifest:
    try:
        tables = {name: TableContents(**fields) for name, fields in content["tables"].items()}
        migrations = tuple((app, name) for app, name in content["migrations"])
        return ArchiveManifest(
            **content | {"tables": tables, "migrations": migrations, "left_out": tuple(content["left_out"])}
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        raise ArchiveRefused("The manifest of the archive cannot be read.") from None
