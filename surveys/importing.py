"""Brings a file of answers into a wave through the verbs of fieldwork. Every row is accounted for, each in its own
transaction: what was read stays when the import is interrupted, and a second run finds it unchanged."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from django.db import transaction

from surveys import fieldwork
from surveys.mapping import Mapping, Reader, Respondent, Unreadable
from surveys.models import Organization, Questionnaire, Response, Wave
from surveys.queries import given_by_item

MAPPINGS = Path(__file__).parent / "mappings"


class Outcome(StrEnum):
    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Remark:
    """What is wrong with a row: its line in the file, the column, and the reason."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}"


@dataclass
class Account:
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    remarks: list[Remark] = field(default_factory=list)

    @property
    def read(self) -> int:
        return sum(self.counts.values())


class UnreadableFile(ValueError):
    pass


def import_responses(path: Path, mapping: Mapping, questionnaire: Questionnaire, *, at: datetime) -> Account:
    """Raises UnreadableFile when there is no table in the file, InvalidDefinition when columns are missing."""
    rows = _rows(path, mapping)
    try:
        header = [next(rows)[1] for _ in range(mapping.header_rows)]
    except StopIteration:
        raise UnreadableFile(f"{path.name}: expected {mapping.header_rows} header rows") from None
    if len(header[0]) != len(header[1]):
        raise UnreadableFile(f"{path.name}: the header rows have {len(header[0])} and {len(header[1])} cells")
    reader = Reader(mapping, questionnaire.definition, header)
    wave = _wave(mapping, questionnaire)
    account, seen = Account(), dict[str, int]()
    for line, row in rows:
        outcome = _import_row(line, row, reader, wave, seen, account, at)
        account.counts[outcome] += 1
    return account


def _rows(path: Path, mapping: Mapping) -> Iterator[tuple[int, list[str]]]:
    """Line of the row's beginning, and its cells. Empty lines are no rows."""
    line = 0
    try:
        with path.open(encoding=mapping.encoding, newline="") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                if row:
                    yield line + 1, row
                line = reader.line_num
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        raise UnreadableFile(f"{path.name}: after line {line}: {error}") from error


def _import_row(
    line: int,
    row: list[str],
    reader: Reader,
    wave: Wave,
    seen: dict[str, int],
    account: Account,
    at: datetime,
) -> Outcome:
    try:
        respondent = reader.respondent(row)
    except Unreadable as error:
        account.remarks.append(Remark(line, error.column, error.reason))
        return Outcome.REJECTED
    if respondent.identifier in seen:
        first = seen[respondent.identifier]
        account.remarks.append(
            Remark(line, reader.mapping.respondent.id, f"the same respondent as line {first}")
        )
        return Outcome.DUPLICATE
    seen[respondent.identifier] = line
    with transaction.atomic():
        return _save(respondent, reader.mapping, wave, at)


def _save(respondent: Respondent, mapping: Mapping, wave: Wave, at: datetime) -> Outcome:
    known = Response.objects.filter(invitation__wave=wave, source_row=respondent.identifier).first()
    if known is None:
        _insert(respondent, mapping, wave)
        return Outcome.INSERTED
    if given_by_item(known.answers.all()) == respondent.given:
        return Outcome.UNCHANGED
    fieldwork.correct_answers(known, respondent.given, at=at)
    return Outcome.UPDATED


def _insert(respondent: Respondent, mapping: Mapping, wave: Wave) -> None:
    name = f"{wave.slug}-{respondent.identifier}".lower()
    organization = Organization.objects.create(name=f"Respondent {respondent.identifier}", slug=name[:80])
    invitation, _ = fieldwork.invite(
        organization, wave=wave, role=mapping.respondent.role, address="", at=respondent.started_at
    )
    response = fieldwork.open_response(invitation, at=respondent.started_at, source_row=respondent.identifier)
    fieldwork.record_answers(response, respondent.given, at=respondent.started_at)
    fieldwork.submit_response(response, at=respondent.submitted_at)


def _wave(mapping: Mapping, questionnaire: Questionnaire) -> Wave:
    known = Wave.objects.filter(slug=mapping.wave.slug).first()
    if known is not None:
        return known
    return fieldwork.open_wave(questionnaire, **mapping.wave.model_dump())
