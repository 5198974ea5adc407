"""Collects the rows of one batch by table, and writes them in the order of their foreign keys."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from surveys.database.select_statements import stored_uuid
from surveys.encryption import sealing
from surveys.fieldwork.answer_history import TEXT_PLACE as TEXT_OF_VERSION
from surveys.fieldwork.answer_writer import text_of_answer
from surveys.fieldwork.invitations import TOKEN_BYTES, hash_of
from surveys.fieldwork.responses import new_receipt
from surveys.imports.bulk_tables import BulkTable, StoredRow, new_keys, time_converter
from surveys.imports.prepared_rows import PreparedAnswer, PreparedRow
from surveys.imports.stored_answers import StoredOrganization
from surveys.models import Answer, AnswerVersion, Invitation, Organization, Response, Selection, Wave

ORGANIZATIONS = BulkTable(
    Organization, "id", "public_id", "name", "slug", "sector", "size_band", "region", "is_synthetic"
)
INVITATIONS = BulkTable(
    Invitation,
    *("id", "organization", "wave", "role", "address", "address_digest", "token_hash"),
    *("created_at", "expires_at", "opened_at", "revoked_at"),
)
RESPONSES = BulkTable(
    Response,
    *("id", "invitation", "organization", "public_id", "started_at", "answered_at", "submitted_at"),
    *("corrected_at", "receipt", "source_row"),
)
ANSWERS = BulkTable(
    Answer,
    *("id", "response", "organization", "item", "option", "number", "text", "basis", "version", "saved_at"),
)
SELECTIONS = BulkTable(Selection, "answer", "organization", "option", "text")
VERSIONS = BulkTable(
    AnswerVersion,
    *("response", "organization", "item", "version", "is_refused", "options", "number", "text", "basis"),
    "saved_at",
)
NO_TEXTS: Mapping[str, str] = {}
TEXT_OF_ANSWER = Answer._meta.get_field("text").place
TEXT_OF_SELECTION = Selection._meta.get_field("text").place


class NewAnswer(NamedTuple):
    """A version of an answer of one response. A blank answer was cleared."""

    response: int
    organization: int
    answer: PreparedAnswer
    version: int
    saved_at: object


@dataclass
class AnswerRows:
    """Rows of answers, of their selections and of the history."""

    answers: list[StoredRow] = field(default_factory=list)
    selections: list[StoredRow] = field(default_factory=list)
    versions: list[StoredRow] = field(default_factory=list)

    def add(self, new: NewAnswer, key: int) -> None:
        """Adds the rows of an answer. `key` is its primary key; a cleared answer gets only a row in the history."""
        response, whose, answer, version, saved_at = new
        item, given, (options, number, basis, words), option, selected = answer
        sealed = _sealed(words, whose, TEXT_OF_VERSION) if words else ""
        self.versions.append(
            (response, whose, item.pk, version, False, options, number, sealed, basis, saved_at)
        )
        if answer.written.is_blank:
            return
        text = text_of_answer(given, is_multiple=item.is_multiple) if words else ""
        sealed = _sealed(text, whose, TEXT_OF_ANSWER) if text else ""
        self.answers.append((key, response, whose, item.pk, option, number, sealed, basis, version, saved_at))
        beside = dict(given.texts) if selected and words else NO_TEXTS
        for code, chosen in selected:
            sealed = _sealed(beside[code], whose, TEXT_OF_SELECTION) if code in beside else ""
            self.selections.append((key, whose, chosen, sealed))

    def insert(self) -> None:
        ANSWERS.insert(self.answers)
        SELECTIONS.insert(self.selections)
        VERSIONS.insert(self.versions)


def _sealed(text: str, organization: int, place: str) -> str:
    return sealing.seal(text, organization, place=place)


def insert_answers(new: Sequence[NewAnswer]) -> None:
    sealing.prepare_keys({one.organization for one in new if one.answer.written.words})
    rows = AnswerRows()
    for one, key in zip(new, new_keys(Answer, len(new)), strict=True):
        rows.add(one, key)
    rows.insert()


def insert_responses(
    new: Sequence[tuple[PreparedRow, StoredOrganization]], wave: Wave
) -> list[tuple[PreparedRow, int, int, object]]:
    """Inserts responses with their invitations, and organisations that have no key.

    Returns each row with the keys of its response and organisation, and the time of its answers.
    """
    organizations = _insert_organizations(new)
    invitations = new_keys(Invitation, len(new))
    responses = new_keys(Response, len(new))
    of_invitations, of_responses, inserted = [], [], []
    stored = time_converter()
    expires_at = stored(wave.closes_at)
    for (row, _), whose, invitation, response in zip(new, organizations, invitations, responses, strict=True):
        respondent = row.respondent
        started_at, submitted_at = stored(respondent.started_at), stored(respondent.submitted_at)
        token_hash = hash_of(secrets.token_urlsafe(TOKEN_BYTES))
        times = (started_at, expires_at, started_at, None)
        of_invitations.append((invitation, whose, wave.pk, respondent.role, "", "", token_hash, *times))
        public_id, answered_at = stored_uuid(uuid.uuid4()), started_at if row.answers else None
        times = (started_at, answered_at, submitted_at, None)
        of_responses.append(
            (response, invitation, whose, public_id, *times, new_receipt(), respondent.identifier)
        )
        inserted.append((row, response, whose, started_at))
    INVITATIONS.insert(of_invitations)
    RESPONSES.insert(of_responses)
    return inserted


def _insert_organizations(new: Sequence[tuple[PreparedRow, StoredOrganization]]) -> list[int]:
    """Inserts new organisations. Returns the key of the organisation of each response; several responses may share
    one."""
    unknown = {row.slug: facts for row, facts in reversed(new) if not facts.pk}
    keys = dict(zip(unknown, new_keys(Organization, len(unknown)), strict=True))
    ORGANIZATIONS.insert(
        [
            (keys[slug], stored_uuid(uuid.uuid4()), facts.name, slug, *facts[2:], False)
            for slug, facts in unknown.items()
        ]
    )
    return [facts.pk or keys[row.slug] for row, facts in new]
