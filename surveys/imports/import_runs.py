"""Imports of uploaded answers: an analyst starts one, the worker carries it out and records the outcome of each row."""

import time
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from surveys.audit.trail import note
from surveys.fieldwork.questionnaire_loader import questionnaire_by_key
from surveys.imports import import_spool, mapping
from surveys.imports.importer import (
    FileNotImportable,
    Importer,
    ReadRow,
    mappings,
    read_batches,
    reader_of,
    require_questionnaire,
    table_format,
    wave_of,
)
from surveys.imports.mapping import Mapping
from surveys.imports.row_outcomes import Remark, RowOutcomeKind, outcome_counts
from surveys.imports.uploads import OpenTable, TableFormat
from surveys.jobs import outbox
from surveys.models import ImportRemark, ImportRun, Job, Questionnaire
from surveys.tenancy.organization_scope import across_organizations

KIND = "import answers"
SECONDS_PER_JOB = 40
ROWS_MISSING = lazy(
    "The rows of the file are no longer there: they are kept for seven days. Upload it again."
)


def start_import(table: OpenTable, *, mapping_name: str, file_name: str, by: Any, at: datetime) -> ImportRun:
    """Starts an import. Raises FileNotImportable or InvalidDefinition if the header does not match the mapping."""
    mapping, questionnaire = _mapping(mapping_name)
    reader = reader_of(islice(table.rows(), mapping.header_rows), mapping, questionnaire)
    require_questionnaire(mapping, questionnaire)
    spool = import_spool.store(table.rows())
    with transaction.atomic():
        run = ImportRun.objects.create(
            mapping=mapping_name,
            file_name=file_name,
            notes="\n".join([*table.notes, *reader.remarks]),
            by=by,
            uploaded_at=at,
            spool=spool,
            rows=table.row_count - mapping.header_rows,
        )
        _queue(run, at=at)
        note("began an import", by=by, about=f"import {run.pk}, {mapping_name}, {run.rows} rows", at=at)
    return run


def _mapping(name: str) -> tuple[Mapping, Questionnaire]:
    path = mappings()[name]
    parsed = mapping.parse(path.read_text("utf-8"), name=path.name)
    questionnaire = questionnaire_by_key(parsed.questionnaire)
    if questionnaire is None:
        raise FileNotImportable(
            _("the questionnaire {questionnaire} is not loaded").format(questionnaire=parsed.questionnaire)
        )
    return parsed, questionnaire


def format_of(mapping_name: str) -> TableFormat:
    """Returns the file format of a mapping. Raises InvalidDefinition."""
    return table_format(mapping.parse(mappings()[mapping_name].read_text("utf-8"), name=mapping_name))


def _queue(run: ImportRun, *, at: datetime) -> None:
    outbox.queue(KIND, {"run": run.pk}, key=f"import:{run.pk}:{run.position}", at=at)


def _mark_failed(job: Job) -> None:
    ImportRun.objects.filter(pk=job.payload["run"], state=ImportRun.State.WAITING).update(
        state=ImportRun.State.FAILED, reason=job.reason
    )


@outbox.handles(KIND, label=lazy("Importing answers"), seconds=120, on_parked=_mark_failed)
def continue_import(job: Job, *, at: datetime) -> outbox.Effect:
    """Imports rows for about 40 seconds, and queues a job for the rest.

    Each batch is one transaction that also stores the position after it. So the next run, after any interruption,
    continues with the first row that is not stored. Raises outbox.JobFailed if the file of rows is gone.
    """
    with across_organizations():
        run = ImportRun.objects.get(pk=job.payload["run"])
        try:
            _Import(run).import_until(deadline=time.monotonic() + SECONDS_PER_JOB, at=at)
        except FileNotFoundError:
            raise outbox.JobFailed(str(ROWS_MISSING)) from None
    return lambda: _finish_or_requeue(run.pk, at=at)


def _finish_or_requeue(pk: int, *, at: datetime) -> None:
    run = ImportRun.objects.get(pk=pk)
    if run.position < run.rows:
        _queue(run, at=at)
    elif (
        ImportRun.objects.filter(pk=pk)
        .exclude(state=ImportRun.State.DONE)
        .update(state=ImportRun.State.DONE, finished_at=at, reason="")
    ):
        note("finished an import", by="worker", about=f"import {pk}", at=at)
        transaction.on_commit(lambda: import_spool.remove(run.spool))


class _Import:
    """One run over the rows, from the position where the last run ended."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        mapping, questionnaire = _mapping(run.mapping)
        self.rows = import_spool.rows_of(run.spool)
        header = list(islice(self.rows, mapping.header_rows))
        reader = reader_of(header, mapping, questionnaire)
        self.importer = Importer(reader, questionnaire, wave_of(mapping, questionnaire))
        self.importer.remember(islice(self.rows, run.position))

    def import_until(self, *, deadline: float, at: datetime) -> None:
        for batch, pacing in read_batches(self.importer, self.rows):
            with pacing.around_transaction(rows=len(batch)):
                self.write(batch, at=at)
            if time.monotonic() > deadline:
                return

    @transaction.atomic
    def write(self, batch: Sequence[ReadRow], *, at: datetime) -> None:
        run = ImportRun.objects.select_for_update().get(pk=self.run.pk)
        if run.position != self.run.position:
            raise outbox.JobFailed(_("Another worker went on with this import."))
        outcomes = self.importer.write(batch, at=at)
        for outcome, number in outcome_counts(outcomes).items():
            setattr(run, outcome, getattr(run, outcome) + number)
        run.position += len(batch)
        run.save(update_fields=["position", *RowOutcomeKind])
        ImportRemark.objects.bulk_create(
            _stored(run, remark) for outcome in outcomes for remark in outcome.remarks
        )
        self.run = run


def _stored(run: ImportRun, remark: Remark) -> ImportRemark:
    return ImportRemark(run=run, line=remark.line, column=remark.column[:200], reason=remark.reason)
