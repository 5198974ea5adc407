"""Imports a file of answers into a wave, and reports every row and column that is not taken.

Rows are written in batches, one transaction each. So an interrupted import keeps the batches written before, and a
second run finds their rows unchanged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from surveys.fieldwork.waves import open_wave
from surveys.imports.batch import BatchWriter
from surveys.imports.mapping import Mapping, RowReader, RowRejected
from surveys.imports.mapping.checks import check_mapping
from surveys.imports.pacing import BatchPacing
from surveys.imports.prepared_rows import PreparedRow
from surveys.imports.row_outcomes import ImportReport, Remark, RowOutcome, RowOutcomeKind, rejected
from surveys.imports.uploads import OpenTable, TableFormat, UploadRefused, open_table
from surveys.models import Questionnaire, Wave

MAPPINGS = Path(__file__).parent / "mappings"

Row = tuple[int, list[str]]

__all__ = ["FileNotImportable", "ImportReport", "Importer", "Remark", "RowOutcomeKind", "import_responses"]


class FileNotImportable(ValueError):
    pass


@dataclass(frozen=True)
class ReadRow:
    """A row that was read: either prepared to be written, or with its outcome already decided."""

    line: int
    prepared: PreparedRow | None
    outcome: RowOutcome | None


class Importer:
    """Reads the rows of one file and writes them into its wave."""

    def __init__(self, reader: RowReader, questionnaire: Questionnaire, wave: Wave) -> None:
        self.reader, self.first_lines = reader, dict[str, int]()
        self.writer = BatchWriter(reader.mapping, questionnaire, wave)

    def read(self, rows: Iterable[Row]) -> list[ReadRow]:
        """Reads rows. Runs outside of a transaction, because it takes as long as writing."""
        return [self._read(line, row) for line, row in rows]

    def remember(self, rows: Iterable[Row]) -> None:
        """Registers the respondents of earlier lines, so that duplicates are found after an interruption as well."""
        for line, row in rows:
            try:
                respondent = self.reader.respondent(row, line)
            except RowRejected:
                continue
            if self.first_lines.setdefault(respondent.identifier, line) == line:
                self.writer.remember(line, respondent)

    def _read(self, line: int, row: Sequence[str]) -> ReadRow:
        try:
            respondent = self.reader.respondent(row, line)
        except RowRejected as error:
            return ReadRow(line, None, rejected(line, error.problems))
        first_line = self.first_lines.setdefault(respondent.identifier, line)
        if first_line == line:
            return ReadRow(line, self.writer.prepare(line, respondent), None)
        column = self.reader.mapping.respondent.id
        remark = Remark(line, column, f"the same respondent as line {first_line}")
        return ReadRow(line, None, RowOutcome(line, RowOutcomeKind.DUPLICATE, (remark,)))

    def write(self, rows: Sequence[ReadRow], *, at: datetime) -> list[RowOutcome]:
        """Writes rows inside a transaction. Returns the outcomes of all rows in their order."""
        prepared = [row.prepared for row in rows if row.prepared is not None]
        written = {outcome.line: outcome for outcome in self.writer.write(prepared, at=at)}
        return [row.outcome or written[row.line] for row in rows]


def import_responses(
    path: Path, mapping: Mapping, questionnaire: Questionnaire, *, at: datetime
) -> ImportReport:
    """Imports a file at once.

    Raises FileNotImportable if it holds no table, and InvalidDefinition if columns are missing.
    """
    try:
        with path.open("rb") as file, open_table(file, table_format(mapping)) as table:
            return _import_table(table, mapping, questionnaire, at=at)
    except (UploadRefused, FileNotImportable, OSError) as error:
        raise FileNotImportable(f"{path.name}: {error}") from error


def _import_table(
    table: OpenTable, mapping: Mapping, questionnaire: Questionnaire, *, at: datetime
) -> ImportReport:
    rows = table.rows()
    reader = reader_of(islice(rows, mapping.header_rows), mapping, questionnaire)
    importer = Importer(reader, questionnaire, wave_of(mapping, questionnaire))
    account = ImportReport(notes=[*table.notes, *reader.remarks])
    for batch, pacing in read_batches(importer, rows):
        with pacing.around_transaction(rows=len(batch)), transaction.atomic():
            outcomes = importer.write(batch, at=at)
        account.add(outcomes)
    return account


def read_batches(importer: Importer, rows: Iterator[Row]) -> Iterator[tuple[list[ReadRow], BatchPacing]]:
    """Yields batches of read rows, each as large as one transaction may be."""
    pacing = BatchPacing(items=len(importer.reader.mapping.items))
    while batch := importer.read(islice(rows, pacing.rows)):
        yield batch, pacing


def table_format(mapping: Mapping) -> TableFormat:
    """Returns the format by which the confined reader reads the file."""
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
    """Returns a reader of rows.

    Raises FileNotImportable or InvalidDefinition if the header does not match the mapping.
    """
    check_mapping(mapping, questionnaire.definition, name=f"the mapping of {mapping.wave.slug}")
    header = [cells for _, cells in header_rows]
    if len(header) < mapping.header_rows:
        raise FileNotImportable(_("expected {number} header rows").format(number=mapping.header_rows))
    return RowReader(mapping, questionnaire.definition, header)


def require_questionnaire(mapping: Mapping, questionnaire: Questionnaire) -> None:
    """Raises FileNotImportable if the wave of the mapping exists and uses another questionnaire."""
    other_wave = Wave.objects.filter(slug=mapping.wave.slug).exclude(questionnaire=questionnaire).first()
    if other_wave is not None:
        raise FileNotImportable(
            _("the wave {wave} asks another questionnaire than {questionnaire}").format(
                wave=other_wave.slug, questionnaire=questionnaire.key
            )
        )


def wave_of(mapping: Mapping, questionnaire: Questionnaire) -> Wave:
    """Returns the wave of the mapping, and opens it on the first import. Raises FileNotImportable for another
    questionnaire."""
    require_questionnaire(mapping, questionnaire)
    stored = Wave.objects.filter(slug=mapping.wave.slug).first()
    return stored or open_wave(questionnaire, **mapping.wave.model_dump())
