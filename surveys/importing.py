"""Brings a file of answers into a wave through the verbs of fieldwork. Every row is accounted for, each in its own
transaction: what was read stays when the import is interrupted, and a second run finds it unchanged."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from django.core.validators import slug_re
from django.db import transaction

from surveys import fieldwork
from surveys.mapping import Mapping, Reader, Respondent, Unreadable
from surveys.models import Organization, Questionnaire, Response, Wave
from surveys.queries import given_by_item
from surveys.uploads import UploadRefused, read_table

MAPPINGS = Path(__file__).parent / "mappings"
LONGEST_SLUG = 80

Row = tuple[int, list[str]]


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
    rows = _rows(path)
    try:
        reader = reader_of(rows, mapping, questionnaire)
    except UnreadableFile as error:
        raise UnreadableFile(f"{path.name}: {error}") from error
    wave = wave_of(mapping, questionnaire)
    account, seen = Account(), dict[str, int]()
    for line, row in rows[mapping.header_rows :]:
        outcome, remark = import_row(line, row, reader, wave, seen, at=at)
        account.counts[outcome] += 1
        account.remarks += [remark] if remark else []
    return account


def _rows(path: Path) -> list[Row]:
    try:
        with path.open("rb") as file:
            return read_table(file).rows
    except (UploadRefused, OSError) as error:
        raise UnreadableFile(f"{path.name}: {error}") from error


def mappings() -> dict[str, Path]:
    return {path.stem: path for path in sorted(MAPPINGS.glob("*.toml"))}


def reader_of(rows: Sequence[Row], mapping: Mapping, questionnaire: Questionnaire) -> Reader:
    """Raises UnreadableFile or InvalidDefinition when the file does not begin as the mapping says."""
    header = [cells for _, cells in rows[: mapping.header_rows]]
    if len(header) < mapping.header_rows:
        raise UnreadableFile(f"expected {mapping.header_rows} header rows")
    if len(header[0]) != len(header[1]):
        raise UnreadableFile(f"the header rows have {len(header[0])} and {len(header[1])} cells")
    return Reader(mapping, questionnaire.definition, header)


def import_row(
    line: int, row: list[str], reader: Reader, wave: Wave, seen: dict[str, int], *, at: datetime
) -> tuple[Outcome, Remark | None]:
    try:
        respondent = reader.respondent(row)
    except Unreadable as error:
        return Outcome.REJECTED, Remark(line, error.column, error.reason)
    first = seen.setdefault(respondent.identifier, line)
    if first != line:
        return Outcome.DUPLICATE, Remark(
            line, reader.mapping.respondent.id, f"the same respondent as line {first}"
        )
    with transaction.atomic():
        return _save(respondent, reader.mapping, wave, at), None


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
    organization = Organization.objects.create(
        name=f"Respondent {respondent.identifier}", slug=_slug(wave, respondent.identifier)
    )
    invitation, _ = fieldwork.invite(
        organization, wave=wave, role=mapping.respondent.role, address="", at=respondent.started_at
    )
    response = fieldwork.open_response(invitation, at=respondent.started_at, source_row=respondent.identifier)
    fieldwork.record_answers(response, respondent.given, at=respondent.started_at)
    fieldwork.submit_response(response, at=respondent.submitted_at)


def _slug(wave: Wave, identifier: str) -> str:
    """Readable where that is a slug; else told apart by a digest."""
    name = f"{wave.slug}-{identifier}".lower()
    if len(name) <= LONGEST_SLUG and slug_re.fullmatch(name):
        return name
    digest = hashlib.sha256(f"{wave.slug} {identifier}".encode()).hexdigest()[:16]
    return f"{wave.slug[:60]}-{digest}"


def wave_of(mapping: Mapping, questionnaire: Questionnaire) -> Wave:
    known = Wave.objects.filter(slug=mapping.wave.slug).first()
    if known is not None:
        return known
    return fieldwork.open_wave(questionnaire, **mapping.wave.model_dump())
