"""Organisations of a batch: the stored ones, the roles invited in each, and their frame data in the file."""

import hashlib
from collections.abc import Iterable

from django.core.validators import slug_re

from surveys.imports.mapping import CellProblem, FrameData, Mapping, Respondent, quoted
from surveys.imports.stored_answers import (
    StoredOrganization,
    StoredResponse,
    invited_roles,
    stored_organizations,
)
from surveys.models import Wave

MAX_SLUG_LENGTH = 80
FIELDS = ("name", "sector", "size_band", "region")


def slug_of(mapping: Mapping, wave: Wave, respondent: Respondent) -> str:
    """Returns the slug of the organisation: its identifier if that is a valid slug, otherwise a digest of it."""
    namespace = mapping.organization.namespace or wave.slug
    identifier = respondent.organization.identifier or respondent.identifier
    slug = f"{namespace}-{identifier}".lower()
    if len(slug) <= MAX_SLUG_LENGTH and slug_re.fullmatch(slug):
        return slug
    digest = hashlib.sha256(f"{namespace} {identifier}".encode()).hexdigest()[:16]
    return f"{namespace[:60]}-{digest}"


def new_organization(respondent: Respondent) -> StoredOrganization:
    """Returns the data of an organisation that is not stored yet, with key 0."""
    frame_data = respondent.organization
    name = frame_data.name or (
        f"Organisation {frame_data.identifier}"
        if frame_data.identifier
        else f"Respondent {respondent.identifier}"
    )
    return StoredOrganization(0, name, frame_data.sector, frame_data.size_band, frame_data.region)


def with_corrections(stored: StoredOrganization, frame_data: FrameData) -> StoredOrganization:
    """Returns the stored data with the changes of the file. A blank cell in the file changes nothing."""
    return StoredOrganization(
        stored.pk, *(getattr(frame_data, name) or getattr(stored, name) for name in FIELDS)
    )


class FrameDataOfFile:
    """The frame data that the rows of a file give for each organisation. Rows must not contradict each other."""

    def __init__(self) -> None:
        self._first_rows: dict[str, tuple[int, FrameData]] = {}

    def check(self, line: int, frame_data: FrameData) -> None:
        """Raises CellProblem if an earlier line has other values for the organisation."""
        if not frame_data.identifier:
            return
        first, earlier = self._first_rows.setdefault(frame_data.identifier, (line, frame_data))
        for name in FIELDS:
            earlier_value, value = getattr(earlier, name), getattr(frame_data, name)
            if earlier_value and value and earlier_value != value:
                raise CellProblem(
                    name.replace("_", " "),
                    f"expected {quoted(earlier_value)} for the organisation {quoted(frame_data.identifier)}, as in line"
                    f" {first}, found {quoted(value)}",
                )


class OrganizationsOfBatch:
    """The stored organisations of new respondents, by slug."""

    def __init__(self, wave: Wave, slugs: Iterable[str]) -> None:
        self._stored = stored_organizations(set(slugs))
        keys = {organization.pk: slug for slug, organization in self._stored.items()}
        self._invited = {(keys[pk], role) for pk, role in invited_roles(wave, keys)}

    def take_role(self, slug: str, respondent: Respondent) -> None:
        """Assigns a role of the organisation to a respondent. Raises CellProblem if the role is taken."""
        if (slug, respondent.role) in self._invited:
            name = respondent.organization.identifier or respondent.identifier
            raise CellProblem(
                "the row",
                f"the organisation {quoted(name)} has an invitation or answers as {respondent.role} already",
            )
        self._invited.add((slug, respondent.role))

    def organization_of(self, slug: str, respondent: Respondent) -> StoredOrganization:
        return self._stored.get(slug) or new_organization(respondent)


def check_unchanged(stored: StoredResponse, slug: str, respondent: Respondent) -> None:
    """Checks that role and organisation of a stored respondent do not change. Raises CellProblem."""
    if stored.role != respondent.role:
        raise CellProblem(
            "the row", f"expected the role {stored.role}, as imported before, found {respondent.role}"
        )
    if respondent.organization.identifier and stored.slug != slug:
        raise CellProblem("the row", "the respondent belongs to another organisation than imported before")
