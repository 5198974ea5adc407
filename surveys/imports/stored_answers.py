"""Reads the stored respondents, answers and organisations of a batch in a few statements."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from surveys.database.select_statements import all_rows, for_update, one_row
from surveys.encryption.sealing import read_keys, unseal
from surveys.fieldwork.answer_history import TEXT_PLACE, AnswerColumns
from surveys.models import Item, Option, Questionnaire, Wave

NOT_ANSWERED = AnswerColumns("", None, "", "")


@dataclass(frozen=True)
class ItemRow:
    """The keys of an item and of its options, these by code."""

    pk: int
    code: str
    is_multiple: bool
    options: dict[str, int] = field(default_factory=dict)


def item_rows(questionnaire: Questionnaire) -> dict[str, ItemRow]:
    """Returns the items of a questionnaire by code."""
    items = {
        pk: ItemRow(pk, code, type_ == "multiple")
        for pk, code, type_ in Item.objects.filter(questionnaire=questionnaire).values_list(
            "pk", "code", "type"
        )
    }
    for item, code, pk in Option.objects.filter(item__in=items).values_list("item_id", "code", "pk"):
        items[item].options[code] = pk
    return {item.code: item for item in items.values()}


class StoredOrganization(NamedTuple):
    """The stored data of an organisation: its key, name, sector, size band and region."""

    pk: int
    name: str
    sector: str
    size_band: str
    region: str


@dataclass(frozen=True)
class StoredResponse:
    pk: int
    role: str
    slug: str
    organization: StoredOrganization
    versions: dict[int, int] = field(default_factory=dict)
    answers: dict[int, AnswerColumns] = field(default_factory=dict)


# PostgreSQL has no statistics of tables that grow during an import, and would scan them completely for each batch.
# This setting makes it use indexes for the rest of the transaction.
LOCK_WAVE = {
    "sqlite": "SELECT closed_at FROM surveys_wave WHERE id = %s",
    "postgresql": "SELECT closed_at, set_config('enable_seqscan', 'off', true) FROM surveys_wave WHERE id = %s"
    " FOR NO KEY UPDATE",
}


def lock_wave(wave: Wave) -> bool:
    """Locks a wave, so that imports into it run one after the other. Returns whether the wave is closed or gone.

    The lock is weaker than FOR UPDATE, so that respondents whose rows refer to the wave do not wait. On SQLite the
    transaction locks the database.
    """
    row = one_row(LOCK_WAVE[connection.vendor], [wave.pk])
    return row is None or row[0] is not None


RESPONSES_BY_SOURCE_ROW = """
    SELECT source_row, id, invitation_id FROM surveys_response
    WHERE source_row > '' AND source_row IN ({places}) ORDER BY id
"""
INVITATIONS_BY_ID = """
    SELECT invitation.id, invitation.role, organization.slug, organization.id, organization.name,
        organization.sector, organization.size_band, organization.region
    FROM surveys_invitation AS invitation
    JOIN surveys_organization AS organization ON organization.id = invitation.organization_id
    WHERE invitation.id IN ({places}) AND invitation.wave_id = %s
"""
VERSIONS = """
    SELECT response_id, item_id, version, options, number, basis, text FROM surveys_answerversion
    WHERE response_id IN ({places}) AND NOT is_refused ORDER BY response_id, item_id, version
"""
ORGANIZATIONS = """
    SELECT slug, id, name, sector, size_band, region FROM surveys_organization WHERE slug IN ({places})
"""
ROLES = """
    SELECT organization_id, role FROM surveys_invitation
    WHERE organization_id IN ({places}) AND wave_id = %s AND revoked_at IS NULL
"""
RESPONSES_TO_SHARED_ITEMS = """
    SELECT DISTINCT response.organization_id, response.id, answer.item_id FROM surveys_response AS response
    JOIN surveys_invitation AS invitation ON invitation.id = response.invitation_id
    JOIN surveys_answer AS answer ON answer.response_id = response.id
    WHERE response.organization_id IN ({places}) AND answer.item_id IN ({items}) AND invitation.wave_id = %s
"""


def stored_responses(wave: Wave, identifiers: Collection[str]) -> dict[str, StoredResponse]:
    """Returns the stored responses by identifier, each locked and with the newest version of its answers."""
    if not identifiers:
        return {}
    response_rows = all_rows(
        for_update(_with_placeholders(RESPONSES_BY_SOURCE_ROW, identifiers)), list(identifiers)
    )
    if not response_rows:
        return {}
    keys = [row[2] for row in response_rows]
    invitation_rows = {
        row[0]: row[1:] for row in all_rows(_with_placeholders(INVITATIONS_BY_ID, keys), [*keys, wave.pk])
    }
    responses = {}
    for identifier, pk, invitation in response_rows:
        if invitation in invitation_rows:
            role, slug, *organization = invitation_rows[invitation]
            responses[identifier] = StoredResponse(pk, role, slug, StoredOrganization(*organization))
    responses_by_key = {response.pk: response for response in responses.values()}
    if responses_by_key:
        _read_versions(responses_by_key)
    return responses


def _read_versions(responses: dict[int, StoredResponse]) -> None:
    rows = all_rows(_with_placeholders(VERSIONS, responses), list(responses))
    read_keys(row[-1] for row in rows if row[-1])
    # Rows come in the order of versions, so that the newest one remains; only its text is decrypted.
    newest = {(row[0], row[1]): row for row in rows}
    for (response, item), (_, _, version, options, number, basis, text) in newest.items():
        plain_text = unseal(text, place=TEXT_PLACE) if text else ""
        responses[response].versions[item] = version
        responses[response].answers[item] = AnswerColumns(options, number, basis, plain_text)


def stored_organizations(slugs: Collection[str]) -> dict[str, StoredOrganization]:
    if not slugs:
        return {}
    return {
        row[0]: StoredOrganization(*row[1:])
        for row in all_rows(_with_placeholders(ORGANIZATIONS, slugs), list(slugs))
    }


def invited_roles(wave: Wave, organizations: Collection[int]) -> set[tuple[int, str]]:
    """Returns organisation and role of the invitations that are not revoked."""
    if not organizations:
        return set()
    return set(all_rows(_with_placeholders(ROLES, organizations), [*organizations, wave.pk]))


def responses_to_shared_items(
    wave: Wave, organizations: Collection[int], items: Sequence[int]
) -> dict[int, dict[int, int]]:
    """Returns by organisation and item the response that answered an item for any role."""
    responses: dict[int, dict[int, int]] = defaultdict(dict)
    if organizations and items:
        statement = RESPONSES_TO_SHARED_ITEMS.format(
            places=_placeholders(organizations), items=_placeholders(items)
        )
        for organization, response, item in all_rows(statement, [*organizations, *items, wave.pk]):
            responses[organization][item] = response
    return responses


def _with_placeholders(statement: str, values: Collection[object]) -> str:
    return statement.format(places=_placeholders(values))


def _placeholders(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))
