"""Brings a file of answers into a wave. Every row and every column is accounted for. Rows are written in batches, each
a transaction, so what was read stays when the import is interrupted, and a second run finds it unchanged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import transaction

from surveys.fieldwork.waves import open_wave
from surveys.imports.batch import BatchWriter
from surveys.imports.mapping import Mapping, RowReader, Unreadable
from surveys.imports.mapping.checks import check
from surveys.imports.outcomes import Account, Outcome, Remark, RowOutcome, rejected
from surveys.imports.pacing import Pacing
from surveys.imports.prepared import PreparedRow
from surveys.imports.uploads import OpenTable, TableFormat, UploadRefused, open_table
from surveys.models import Questionnaire, Wave

MAPPINGS = Path(__file__).parent / "mappings"

Row = tuple[int, list[str]]

__all__ = ["Account", "Importer", "Outcome", "Remark", "UnreadableFile", "import_responses"]


class UnreadableFile(ValueError):
    pass


@dataclass(frozen=True)
class ReadRow:
    """Either to be written, or accounted for already."""

    line: int
    prepared: PreparedRow | None
    outcome: RowOutcome | None


class Importer:
    """Reads the rows of one file and writes them into its wave."""

    def __init__(self, reader: RowReader, questionnaire: Questionnaire, wave: Wave) -> None:
        self.reader, self.seen = reader, dict[str, int]()
        self.writer = BatchWriter(reader.mapping, questionnaire, wave)

    def read(self, rows: Iterable[Row]) -> list[ReadRow]:
        """Outside of a transaction, because it takes as long as writing."""
        return [self._read(line, row) for line, row in rows]

    def remember(self, rows: Iterable[Row]) -> None:
        """Who came in earlier lines, so that a duplicate is one after an interruption as well."""
        for line, row in rows:
            try:
                respondent = self.reader.respondent(row, line)
            except Unreadable:
                continue
            if self.seen.setdefault(respondent.identifier, line) == line:
                self.writer.remember(line, respondent)

    def _read(self, line: int, row: Sequence[str]) -> ReadRow:
        try:
            respondent = self.reader.respondent(row, line)
        except Unreadable as error:
            return ReadRow(line, None, rejected(line, error.problems))
        first = self.seen.setdefault(respondent.identifier, line)
        if first == line:
            return ReadRow(line, self.writer.prepare(line, respondent), None)
        column = self.reader.mapping.respondent.id
        remark = Remark(line, column, f"the same respondent as line {first}")
        return ReadRow(line, None, RowOutcome(line, Outcome.DUPLICATE, (remark,)))

    def write(self, rows: Sequence[ReadRow], *, at: datetime) -> list[RowOutcome]:
        """Inside a transaction. The outcomes of all rows, in their order."""
        prepared = [row.prepared for row in rows if row.prepared is not None]
        written = {one.line: one for one in self.writer.write(prepared, at=at)}
        return [row.outcome or written[row.line] for row in rows]


def import_responses(path: Path, mapping: Mapping, questionnaire: Questionnaire, *, at: datetime) -> Account:
    """Raises UnreadableFile when there is no table in the file, InvalidDefinition when columns are missing."""
    try:
        with path.open("rb") as file, open_table(file, table_format(mapping)) as table:
            return _import_table(table, mapping, questionnaire, at=at)
    except (UploadRefused, UnreadableFile, OSError) as error:
        raise UnreadableFile(f"{path.name}: {error}") from error


def _import_table(
    table: OpenTable, mapping: Mapping, questionnaire: Questionnaire, *, at: datetime
) -> Account:
    rows = table.rows()
    reader = reader_of(islice(rows, mapping.header_rows), mapping, questionnaire)
    importer = Importer(reader, questionnaire, wave_of(mapping, questionnaire))
    account = Account(notes=[*table.notes, *reader.remarks])
    for batch, pacing in paced(importer, rows):
        with pacing.around_transaction(rows=len(batch)), transaction.atomic():
            outcomes = importer.write(batch, at=at)
        account.add(outcomes)
    return account


def paced(importer: Importer, rows: Iterator[Row]) -> Iterator[tuple[list[ReadRow], Pacing]]:
    """Batches of rows that were read, each as large as one transaction may be."""
    pacing = Pacing(items=len(importer.reader.mapping.items))
    while batch := importer.read(islice(rows, pacing.rows)):
        yield batch, pacing


def table_format(mapping: Mapping) -> TableFormat:
    """How the confined reader reads the file."""
    names = mapping.respondent
    return TableFormat(
        encoding=mapping.file.encoding,
        separator=mapping.file.separator,
        header_rows=mapping.header_rows,
        dates=tuple((name, names.date_format) for name in (names.started, names.submitted) if name),
    )


def mappings() -> dict[str, Path]:
    return {path.stem: path for path in sorted(MAPPINGS.glob("*.toml"))}


def reader_of(header_rows: Iterable[Row], mapping: Mapping, questionnaire: Questionnaire) -> RowReader:
    """Raises UnreadableFile or InvalidDefinition when the file does not begin as the mapping says."""
    check(mapping, questionnaire.definition, name=f"the mapping of {mapping.wave.slug}")
    header = [cells for _, cells in header_rows]
    if len(header) < mapping.header_rows:
        raise UnreadableFile(f"expected {mapping.header_rows} header rows")
    return RowReader(mapping, questionnaire.definition, header)


def refuse_other_questionnaire(mapping: Mapping, questionnaire: Questionnaire) -> None:
    """Raises UnreadableFile for a wave that asks another questionnaire."""
    known = Wave.objects.filter(slug=mapping.wave.slug).exclude(questionnaire=questionnaire).first()
    if known is not None:
        raise UnreadableFile(f"the wave {known.slug} asks another questionnaire than {questionnaire.key}")


def wave_of(mapping: Mapping, questionnaire: Questionnaire) -> Wave:
    """The wave of the mapping, opened by the first import. Raises UnreadableFile as above."""
    refuse_other_questionnaire(mapping, questionnaire)
    known = Wave.objects.filter(slug=mapping.wave.slug).first()
    return known or open_wave(questionnaire, **mapping.wave.model_dump())
