"""Collects the rows of one batch by table, and writes them in the order of their foreign keys."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from surveys.database.select_statements import stored_uuid
from surveys.encryption import sealing
from surveys.encryption.tokens import hash_of, new_token
from surveys.fieldwork.answer_history import TEXT_PLACE as TEXT_OF_VERSION
from surveys.fieldwork.answer_writer import text_of_answer
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
        response, organization, answer, version, saved_at = new
        item, value, (options, number, basis, text), option, selected = answer
        sealed = _sealed(text, organization, TEXT_OF_VERSION) if text else ""
        self.versions.append(
            (response, organization, item.pk, version, False, options, number, sealed, basis, saved_at)
        )
        if answer.columns.is_blank:
            return
        answer_text = text_of_answer(value, is_multiple=item.is_multiple) if text else ""
        sealed = _sealed(answer_text, organization, TEXT_OF_ANSWER) if answer_text else ""
        self.answers.append(
            (key, response, organization, item.pk, option, number, sealed, basis, version, saved_at)
        )
        option_texts = dict(value.texts) if selected and text else NO_TEXTS
        for code, option_key in selected:
            sealed = (
                _sealed(option_texts[code], organization, TEXT_OF_SELECTION) if code in option_texts else ""
            )
            self.selections.append((key, organization, option_key, sealed))

    def insert(self) -> None:
        ANSWERS.insert(self.answers)
        SELECTIONS.insert(self.selections)
        VERSIONS.insert(self.versions)


def _sealed(text: str, organization: int, place: str) -> str:
    return sealing.seal(text, organization, place=place)


def insert_answers(new: Sequence[NewAnswer]) -> None:
    sealing.prepare_keys({answer.organization for answer in new if answer.answer.columns.text})
    rows = AnswerRows()
    for answer, key in zip(new, new_keys(Answer, len(new)), strict=True):
        rows.add(answer, key)
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
    invitation_rows, response_rows, inserted = [], [], []
    stored_form = time_converter()
    expires_at = stored_form(wave.closes_at)
    for (row, _), organization, invitation, response in zip(
        new, organizations, invitations, responses, strict=True
    ):
        respondent = row.respondent
        started_at, submitted_at = stored_form(respondent.started_at), stored_form(respondent.submitted_at)
        token_hash = hash_of(new_token())
        times = (started_at, expires_at, started_at, None)
        invitation_rows.append(
            (invitation, organization, wave.pk, respondent.role, "", "", token_hash, *times)
        )
        public_id, answered_at = stored_uuid(uuid.uuid4()), started_at if row.answers else None
        times = (started_at, answered_at, submitted_at, None)
        response_rows.append(
            (response, invitation, organization, public_id, *times, new_receipt(), respondent.identifier)
        )
        inserted.append((row, response, organization, started_at))
    INVITATIONS.insert(invitation_rows)
    RESPONSES.insert(response_rows)
    return inserted


def _insert_organizations(new: Sequence[tuple[PreparedRow, StoredOrganization]]) -> list[int]:
    """Inserts new organisations. Returns the key of the organisation of each response; several responses may share
    one."""
    new_organizations = {row.slug: organization for row, organization in reversed(new) if not organization.pk}
    keys = dict(zip(new_organizations, new_keys(Organization, len(new_organizations)), strict=True))
    ORGANIZATIONS.insert(
        [
            (keys[slug], stored_uuid(uuid.uuid4()), organization.name, slug, *organization[2:], False)
            for slug, organization in new_organizations.items()
        ]
    )
    return [organization.pk or keys[row.slug] for row, organization in new]
