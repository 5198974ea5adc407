"""The rows of one batch, collected by table and written in the order in which they hang on each other."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from surveys import sealing
from surveys.fieldwork import TOKEN_BYTES, hash_of, new_receipt
from surveys.history import TEXT as TEXT_OF_VERSION
from surveys.imports.bulk_tables import BulkTable, StoredRow, stored_moment
from surveys.imports.stored_answers import Facts, ItemRow, WrittenAnswer
from surveys.mapping import Respondent
from surveys.models import Answer, AnswerVersion, Invitation, Organization, Response, Selection, Wave
from surveys.recording import text_of_answer
from surveys.routing import Given
from surveys.statements import stored_uuid

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
TEXT_OF_ANSWER = Answer._meta.get_field("text").place
TEXT_OF_SELECTION = Selection._meta.get_field("text").place


@dataclass(frozen=True)
class NewResponse:
    """`organization` without a key is new too."""

    respondent: Respondent
    organization: Facts
    slug: str
    answers: Mapping[str, Given]


@dataclass(frozen=True)
class NewAnswer:
    """An answer of one response at one of its versions. `given` blank: it was cleared."""

    response: int
    organization: int
    item: ItemRow
    version: int
    given: Given
    written: WrittenAnswer
    saved_at: object


@dataclass
class AnswerRows:
    """Rows of answers, of their selections and of the history."""

    answers: list[StoredRow] = field(default_factory=list)
    selections: list[StoredRow] = field(default_factory=list)
    versions: list[StoredRow] = field(default_factory=list)

    def add(self, new: NewAnswer, key: int) -> None:
        """`key`: the primary key of the answer; one that was cleared has no row."""
        whose, item, given, written = new.organization, new.item, new.given, new.written
        words = _sealed(written.words, whose, TEXT_OF_VERSION) if written.words else ""
        said = (written.options, written.number, words, written.basis)
        self.versions.append((new.response, whose, item.pk, new.version, False, *said, new.saved_at))
        if written.is_blank:
            return
        is_single = given.options and not item.is_multiple
        option = item.options[given.options[0]] if is_single else None
        text = text_of_answer(given, is_multiple=item.is_multiple) if written.words else ""
        sealed = _sealed(text, whose, TEXT_OF_ANSWER) if text else ""
        said = (option, written.number, sealed, written.basis)
        self.answers.append((key, new.response, whose, item.pk, *said, new.version, new.saved_at))
        if item.is_multiple:
            beside = dict(given.texts)
            for code in given.options:
                words = _sealed(beside[code], whose, TEXT_OF_SELECTION) if code in beside else ""
                self.selections.append((key, whose, item.options[code], words))

    def insert(self) -> None:
        ANSWERS.insert(self.answers)
        SELECTIONS.insert(self.selections)
        VERSIONS.insert(self.versions)


def _sealed(text: str, organization: int, place: str) -> str:
    return sealing.seal(text, organization, place=place)


def insert_answers(new: Sequence[NewAnswer]) -> None:
    sealing.prepare_keys({one.organization for one in new if one.written.words})
    rows = AnswerRows()
    for one, key in zip(new, ANSWERS.new_keys(len(new)), strict=True):
        rows.add(one, key)
    rows.insert()


def insert_responses(new: Sequence[NewResponse], wave: Wave) -> list[tuple[int, int]]:
    """The keys of each response and of its organisation. Organisations that are new are made."""
    organizations = _insert_organizations(new)
    invitations = INVITATIONS.new_keys(len(new))
    responses = RESPONSES.new_keys(len(new))
    of_invitations, of_responses = [], []
    expires_at = stored_moment(wave.closes_at)
    for one, whose, invitation, response in zip(new, organizations, invitations, responses, strict=True):
        respondent = one.respondent
        started_at, submitted_at = (
            stored_moment(respondent.started_at),
            stored_moment(respondent.submitted_at),
        )
        token_hash = hash_of(secrets.token_urlsafe(TOKEN_BYTES))
        times = (started_at, expires_at, started_at, None)
        of_invitations.append((invitation, whose, wave.pk, respondent.role, "", "", token_hash, *times))
        public_id, answered_at = stored_uuid(uuid.uuid4()), started_at if one.answers else None
        times = (started_at, answered_at, submitted_at, None)
        of_responses.append(
            (response, invitation, whose, public_id, *times, new_receipt(), respondent.identifier)
        )
    INVITATIONS.insert(of_invitations)
    RESPONSES.insert(of_responses)
    return list(zip(responses, organizations, strict=True))


def _insert_organizations(new: Sequence[NewResponse]) -> list[int]:
    """The key of the organisation of each response; several of one new organisation share it."""
    slugs = list(dict.fromkeys(one.slug for one in new if not one.organization.pk))
    keys = dict(zip(slugs, ORGANIZATIONS.new_keys(len(slugs)), strict=True))
    facts = {one.slug: one.organization for one in reversed(new) if not one.organization.pk}
    ORGANIZATIONS.insert(
        [
            (keys[slug], stored_uuid(uuid.uuid4()), facts[slug].name, slug, *facts[slug][2:], False)
            for slug in slugs
        ]
    )
    return [one.organization.pk or keys[one.slug] for one in new]
