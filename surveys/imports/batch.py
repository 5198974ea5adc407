"""Classifies the rows of a batch as new, changed or unchanged, and writes them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import connection

from surveys.imports.answer_router import AnswerRouter
from surveys.imports.bulk_tables import stored_time
from surveys.imports.mapping import CellProblem, Respondent
from surveys.imports.mapping import Mapping as FileMapping
from surveys.imports.new_rows import NewAnswer, insert_answers, insert_responses
from surveys.imports.organizations import (
    FrameDataOfFile,
    OrganizationsOfBatch,
    check_unchanged,
    with_corrections,
)
from surveys.imports.prepared_rows import PreparedAnswer, PreparedRow, RowPreparer, prepared_answer
from surveys.imports.row_outcomes import Remark, RowOutcome, RowOutcomeKind, rejected
from surveys.imports.stored_answers import (
    NOT_ANSWERED,
    StoredOrganization,
    StoredResponse,
    item_rows,
    lock_wave,
    responses_to_shared_items,
    stored_responses,
)
from surveys.instrument.routing import AnswerValue
from surveys.models import Questionnaire, Wave

NOT_ASKED = "not taken, because this respondent is not asked by the routing and the role"
CLEARED = AnswerValue()
DELETE_SELECTIONS = """
    DELETE FROM surveys_selection WHERE answer_id IN
        (SELECT id FROM surveys_answer WHERE response_id = %s AND item_id = %s)
"""
DELETE_ANSWERS = "DELETE FROM surveys_answer WHERE response_id = %s AND item_id = %s"
NOTE_CORRECTION = "UPDATE surveys_response SET corrected_at = %s WHERE id = %s"
CORRECT_ORGANIZATION = """
    UPDATE surveys_organization SET name = %s, sector = %s, size_band = %s, region = %s WHERE id = %s
"""


class BatchWriter:
    """Writes batches of rows of one file into one wave."""

    def __init__(self, mapping: FileMapping, questionnaire: Questionnaire, wave: Wave) -> None:
        self.mapping, self.wave = mapping, wave
        self.items = item_rows(questionnaire)
        self.codes = {item.pk: code for code, item in self.items.items()}
        self.router = AnswerRouter(questionnaire.definition)
        self.preparation = RowPreparer(mapping, wave, self.items, self.router)
        self.frame_data = FrameDataOfFile()

    def prepare(self, line: int, respondent: Respondent) -> PreparedRow:
        """Converts a respondent to a row to be written. Needs no transaction."""
        return self.preparation.row(line, respondent)

    def remember(self, line: int, respondent: Respondent) -> None:
        """Registers a line that an earlier run has written, so that later lines are checked against it."""
        with suppress(CellProblem):
            self.frame_data.check(line, respondent.organization)

    def write(self, rows: Sequence[PreparedRow], *, at: datetime) -> list[RowOutcome]:
        """Writes rows inside a transaction and across organisations. Returns the outcome of each row.

        Each identifier occurs once in `rows`.
        """
        return _Batch(self, rows, at).write() if rows else []


class _Batch:
    def __init__(self, writer: BatchWriter, rows: Sequence[PreparedRow], at: datetime) -> None:
        self.writer, self.rows, self.at = writer, rows, stored_time(at)
        self.is_closed = lock_wave(writer.wave)
        self.stored = stored_responses(writer.wave, [row.respondent.identifier for row in rows])
        new = [row.slug for row in rows if row.respondent.identifier not in self.stored]
        self.organizations = OrganizationsOfBatch(writer.wave, new)
        self.responses_to_shared_items = self._responses_to_shared_items()
        self.new: list[tuple[PreparedRow, StoredOrganization]] = []
        self.changed: list[NewAnswer] = []
        self.corrected: list[int] = []
        self.corrected_organizations: dict[int, StoredOrganization] = {}

    def _responses_to_shared_items(self) -> dict[str, dict[str, object]]:
        """Returns for each organisation, by slug, and item for any role the response that answered it."""
        responses_by_slug: dict[str, dict[str, object]] = defaultdict(dict)
        codes = self.writer.router.shared_items
        if not self.writer.mapping.organization.id or not codes:
            return responses_by_slug
        slugs = {key: row.slug for row in self.rows if (key := self._organization_key(row))}
        items = [self.writer.items[code].pk for code in codes]
        for key, by_item in responses_to_shared_items(self.writer.wave, list(slugs), items).items():
            responses_by_slug[slugs[key]] = {
                self.writer.codes[item]: response for item, response in by_item.items()
            }
        return responses_by_slug

    def _organization_key(self, row: PreparedRow) -> int:
        """Returns the key of the organisation of a row, or 0 if it is not stored."""
        stored = self.stored.get(row.respondent.identifier)
        return (
            stored.organization if stored else self.organizations.organization_of(row.slug, row.respondent)
        ).pk

    def write(self) -> list[RowOutcome]:
        outcomes = [self._decide(row) for row in self.rows]
        self._insert()
        self._correct()
        return outcomes

    def _decide(self, row: PreparedRow) -> RowOutcome:
        stored = self.stored.get(row.respondent.identifier)
        try:
            self._check(row, stored)
        except CellProblem as problem:
            return rejected(row.line, [problem])
        row = self._without_shared_answers(row, stored)
        outcome = self._add_new(row) if stored is None else self._update_stored(row, stored)
        return RowOutcome(
            row.line, outcome, tuple(Remark(row.line, code, NOT_ASKED) for code in row.not_asked)
        )

    def _check(self, row: PreparedRow, stored: StoredResponse | None) -> None:
        """Checks a row against the file and the stored rows. Raises CellProblem."""
        self.writer.frame_data.check(row.line, row.respondent.organization)
        if stored is not None:
            check_unchanged(stored, row.slug, row.respondent)
        elif self.is_closed:
            raise CellProblem("the row", "the wave was closed, and takes no new respondents")
        else:
            self.organizations.take_role(row.slug, row.respondent)

    def _without_shared_answers(self, row: PreparedRow, stored: StoredResponse | None) -> PreparedRow:
        """Drops answers to items for any role that another respondent of the organisation has answered."""
        if not self.writer.mapping.organization.id or not self.writer.router.shared_items:
            return row
        own_response: object = stored.pk if stored else row.respondent.identifier
        answering_responses = self.responses_to_shared_items[row.slug]
        answered_by_others = [
            code
            for code, response in answering_responses.items()
            if response != own_response and code in row.answers
        ]
        if answered_by_others:
            row = self.writer.preparation.row(row.line, row.respondent, answered_by_others=answered_by_others)
        for code in self.writer.router.shared_items & row.answers.keys():
            answering_responses.setdefault(code, own_response)
        return row

    def _add_new(self, row: PreparedRow) -> RowOutcomeKind:
        organization = self.organizations.organization_of(row.slug, row.respondent)
        if organization.pk:
            self._correct_organization(organization, row.respondent)
        self.new.append((row, organization))
        return RowOutcomeKind.INSERTED

    def _update_stored(self, row: PreparedRow, stored: StoredResponse) -> RowOutcomeKind:
        """Updates a stored response. Clears items that the file no longer answers; every earlier version stays in the
        history."""
        answers: Mapping[str, PreparedAnswer] = row.answers
        cleared = {
            code: prepared_answer(self.writer.items[code], CLEARED)
            for item, answer in stored.answers.items()
            if not answer.is_blank and (code := self.writer.codes[item]) not in answers
        }
        changed = [
            answer
            for answer in (*answers.values(), *cleared.values())
            if stored.answers.get(answer.item.pk, NOT_ANSWERED) != answer.columns
        ]
        for answer in changed:
            version = stored.versions.get(answer.item.pk, 0) + 1
            self.changed.append(NewAnswer(stored.pk, stored.organization.pk, answer, version, self.at))
        if changed:
            self.corrected.append(stored.pk)
        is_organization_changed = self._correct_organization(stored.organization, row.respondent)
        return RowOutcomeKind.UPDATED if changed or is_organization_changed else RowOutcomeKind.UNCHANGED

    def _correct_organization(self, stored: StoredOrganization, respondent: Respondent) -> bool:
        """Corrects the frame data of an organisation, once even if it has several respondents. Returns whether it
        changed."""
        organization = with_corrections(stored, respondent.organization)
        if organization == stored or organization.pk in self.corrected_organizations:
            return False
        self.corrected_organizations[organization.pk] = organization
        return True

    def _insert(self) -> None:
        insert_answers(
            [
                NewAnswer(response, organization, answer, 1, saved_at)
                for row, response, organization, saved_at in insert_responses(self.new, self.writer.wave)
                for answer in row.answers.values()
            ],
        )

    def _correct(self) -> None:
        with connection.cursor() as cursor:
            if self.changed:
                keys = [(row.response, row.answer.item.pk) for row in self.changed]
                cursor.executemany(DELETE_SELECTIONS, keys)
                cursor.executemany(DELETE_ANSWERS, keys)
                cursor.executemany(NOTE_CORRECTION, [(self.at, pk) for pk in self.corrected])
            if self.corrected_organizations:
                cursor.executemany(
                    CORRECT_ORGANIZATION,
                    [(*row[1:], row.pk) for row in self.corrected_organizations.values()],
                )
        insert_answers(self.changed)
