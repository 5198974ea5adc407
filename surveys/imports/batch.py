"""Decides for the rows of a batch what is new, changed or the same, and writes that."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import connection

from surveys.imports.answers_taken import AnswersTaken
from surveys.imports.bulk_tables import stored_moment
from surveys.imports.new_rows import NewAnswer, NewResponse, insert_answers, insert_responses
from surveys.imports.organizations import FactsOfFile, OrganizationsOfBatch, check_stays, corrected, slug_of
from surveys.imports.outcomes import Outcome, Remark, RowOutcome, rejected
from surveys.imports.stored_answers import (
    NOT_ANSWERED,
    Facts,
    StoredResponse,
    answered_for_all,
    item_rows,
    lock_wave,
    stored_responses,
    written,
)
from surveys.mapping import CellProblem, Mapping, Respondent
from surveys.models import Questionnaire, Wave
from surveys.routing import Given

NOT_ASKED = "not taken, because this respondent is not asked by the routing and the role"
Line = tuple[int, Respondent]
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
    """Writes batches of rows of one file into one wave. Call `write` inside a transaction, across organisations."""

    def __init__(self, mapping: Mapping, questionnaire: Questionnaire, wave: Wave) -> None:
        self.mapping, self.wave = mapping, wave
        self.items = item_rows(questionnaire)
        self.codes = {item.pk: code for code, item in self.items.items()}
        self.taken = AnswersTaken(questionnaire.definition)
        self.facts = FactsOfFile()

    def remember(self, line: int, respondent: Respondent) -> None:
        """A line that an earlier run has written."""
        with suppress(CellProblem):
            self.facts.check(line, respondent.organization)

    def write(self, lines: Sequence[Line], *, at: datetime) -> list[RowOutcome]:
        """The outcome of each line. Respondents are told apart by their identifiers, each of which comes once."""
        return _Batch(self, lines, at).write()


class _Batch:
    def __init__(self, writer: BatchWriter, lines: Sequence[Line], at: datetime) -> None:
        self.writer, self.lines, self.at = writer, lines, stored_moment(at)
        self.is_closed = lock_wave(writer.wave)
        self.stored = stored_responses(writer.wave, [one.identifier for _, one in lines])
        self.slugs = {one.identifier: slug_of(writer.mapping, writer.wave, one) for _, one in lines}
        new = [slug for name, slug in self.slugs.items() if name not in self.stored]
        self.organizations = OrganizationsOfBatch(writer.wave, new)
        self.answered_for_all = self._answered_for_all()
        self.new: list[NewResponse] = []
        self.changed: list[NewAnswer] = []
        self.corrected: list[int] = []
        self.corrected_facts: list[Facts] = []

    def _answered_for_all(self) -> dict[str, dict[str, object]]:
        """By slug and item for any role: who answered it."""
        answered: dict[str, dict[str, object]] = defaultdict(dict)
        codes = self.writer.taken.for_any_role
        if not self.writer.mapping.organization.id or not codes:
            return answered
        keys = {self._stored_key(one): self.slugs[one.identifier] for _, one in self.lines}
        items = [self.writer.items[code].pk for code in codes]
        stored = answered_for_all(self.writer.wave, [key for key in keys if key], items)
        for organization, by_item in stored.items():
            answered[keys[organization]] = {
                self.writer.codes[item]: response for item, response in by_item.items()
            }
        return answered

    def _stored_key(self, respondent: Respondent) -> int:
        stored = self.stored.get(respondent.identifier)
        slug = self.slugs[respondent.identifier]
        return stored.organization.pk if stored else self.organizations.facts(slug, respondent).pk

    def write(self) -> list[RowOutcome]:
        outcomes = [self._decide(line, respondent) for line, respondent in self.lines]
        self._insert()
        self._correct()
        return outcomes

    def _decide(self, line: int, respondent: Respondent) -> RowOutcome:
        stored = self.stored.get(respondent.identifier)
        try:
            self.writer.facts.check(line, respondent.organization)
            if stored is not None:
                check_stays(stored, self.slugs[respondent.identifier], respondent)
            if stored is None and self.is_closed:
                raise CellProblem("the row", "the wave was closed, and takes no new respondents")
            if stored is None:
                self.organizations.take_role(self.slugs[respondent.identifier], respondent)
        except CellProblem as problem:
            return rejected(line, [problem])
        answers, not_asked = self._answers(respondent, stored)
        outcome = (
            self._new(respondent, answers) if stored is None else self._known(respondent, stored, answers)
        )
        return RowOutcome(line, outcome, tuple(Remark(line, code, NOT_ASKED) for code in not_asked))

    def _answers(
        self, respondent: Respondent, stored: StoredResponse | None
    ) -> tuple[dict[str, Given], list[str]]:
        by_item = self.answered_for_all[self.slugs[respondent.identifier]] if self.answered_for_all else {}
        own = stored.pk if stored else respondent.identifier
        by_colleagues = [code for code, who in by_item.items() if who != own]
        answers, not_asked = self.writer.taken.of(
            respondent.role, respondent.given, by_colleagues=by_colleagues
        )
        return answers, not_asked

    def _new(self, respondent: Respondent, answers: dict[str, Given]) -> Outcome:
        slug = self.slugs[respondent.identifier]
        facts = self.organizations.facts(slug, respondent)
        if facts.pk:
            self._correct_facts(facts, respondent)
        self.new.append(NewResponse(respondent, facts, slug, answers))
        self._note_answered(respondent, answers, slug)
        return Outcome.INSERTED

    def _note_answered(self, respondent: Respondent, answers: dict[str, Given], slug: str) -> None:
        if self.writer.mapping.organization.id:
            for code in self.writer.taken.for_any_role & answers.keys():
                self.answered_for_all[slug].setdefault(code, respondent.identifier)

    def _known(self, respondent: Respondent, stored: StoredResponse, answers: dict[str, Given]) -> Outcome:
        """Items that the file no longer answers are cleared; every earlier state stays in the history."""
        cleared = {
            self.writer.codes[item]: Given()
            for item, answer in stored.answers.items()
            if not answer.is_blank and self.writer.codes[item] not in answers
        }
        changed = [
            new
            for code, given in (answers | cleared).items()
            if (new := self._changed(stored, code, given)) is not None
        ]
        self.changed += changed
        if changed:
            self.corrected.append(stored.pk)
        has_facts_changed = self._correct_facts(stored.organization, respondent)
        return Outcome.UPDATED if changed or has_facts_changed else Outcome.UNCHANGED

    def _changed(self, stored: StoredResponse, code: str, given: Given) -> NewAnswer | None:
        item, new = self.writer.items[code], written(given)
        if stored.answers.get(item.pk, NOT_ANSWERED) == new:
            return None
        version = stored.versions.get(item.pk, 0) + 1
        return NewAnswer(stored.pk, stored.organization.pk, item, version, given, new, self.at)

    def _correct_facts(self, stored: Facts, respondent: Respondent) -> bool:
        facts = corrected(stored, respondent.organization)
        if facts == stored or facts in self.corrected_facts:
            return False
        self.corrected_facts.append(facts)
        return True

    def _insert(self) -> None:
        keys = insert_responses(self.new, self.writer.wave)
        answers = []
        for one, (response, organization) in zip(self.new, keys, strict=True):
            saved_at = stored_moment(one.respondent.started_at)
            answers += [
                NewAnswer(response, organization, self.writer.items[code], 1, given, written(given), saved_at)
                for code, given in one.answers.items()
            ]
        insert_answers(answers)

    def _correct(self) -> None:
        with connection.cursor() as cursor:
            if self.changed:
                places = [(one.response, one.item.pk) for one in self.changed]
                cursor.executemany(DELETE_SELECTIONS, places)
                cursor.executemany(DELETE_ANSWERS, places)
                cursor.executemany(NOTE_CORRECTION, [(self.at, pk) for pk in self.corrected])
            if self.corrected_facts:
                cursor.executemany(
                    CORRECT_ORGANIZATION, [(*facts[1:], facts.pk) for facts in self.corrected_facts]
                )
        insert_answers(self.changed)
