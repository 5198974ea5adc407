"""Shares the report of one synthetic organisation, and gives that organisation an owner who can sign in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from posture.accounts.second_factors import activate_authenticator_app
from posture.documents.organization.making import FORMATS, file_address, make_report_files, story_for_files
from posture.models.number_address import absolute_address
from surveys.fieldwork.queries import Participation, participation_of
from surveys.people.memberships import Role, add_member
from surveys.people.share_links import LONGEST, make_share_link
from surveys.people.user_accounts import create_user

if TYPE_CHECKING:
    from surveys.models import Organization, Wave

LABEL = "Demonstration copy"


@dataclass(frozen=True)
class SharedReport:
    """A share link with its token and passphrase, and the login of its maker. participation: whose report it is."""

    participation: Participation
    token: str
    passphrase: str
    login: dict[str, Any]

    @property
    def organization(self) -> Organization:
        return self.participation.organization


def share_a_report(wave: Wave, *, at: datetime) -> SharedReport | None:
    """Shares the report of the first organisation of a wave of which all roles submitted. Returns None for a wave
    without a report."""
    participation = _first_complete(wave, at)
    if participation is None:
        return None
    organization = participation.organization
    address, password = f"owner@{organization.slug}.demo.example", secrets.token_urlsafe(12)
    owner = create_user(address, password=password)
    add_member(organization, user=owner, role=Role.OWNER)
    passphrase = secrets.token_urlsafe(12)
    _, token = make_share_link(
        organization,
        wave=wave,
        label=LABEL,
        expires_at=at + LONGEST,
        passphrase=passphrase,
        by=owner,
        at=at,
    )
    login = {
        "role": f"owner of {organization.slug}",
        "email": address,
        "password": password,
        "totp_secret": activate_authenticator_app(owner),
    }
    return SharedReport(participation, token, passphrase, login)


def make_files(shared: SharedReport, *, at: datetime) -> list[dict[str, str]]:
    """Makes the files of the shared report at once, so that its members can open them without waiting. Returns their
    addresses, which need the session of a member."""
    participation = shared.participation
    make_report_files(participation, forms=tuple(FORMATS), at=at)
    story = story_for_files(participation, at=at)
    if story is None:
        return []
    return [
        {
            "kind": "organization",
            "format": form,
            "url": absolute_address(file_address(story, form)),
            "organization": shared.organization.slug,
        }
        for form in FORMATS
    ]


def _first_complete(wave: Wave, at: datetime) -> Participation | None:
    """Returns the participation of the first organisation of which every role submitted; without one, the first with a
    report."""
    invitations = wave.invitations.select_related("organization").order_by("organization_id")
    organizations = {invitation.organization_id: invitation.organization for invitation in invitations}
    participations = [
        participation_of(organization, wave.slug, at=at) for organization in organizations.values()
    ]
    readable = [
        participation
        for participation in participations
        if participation is not None and participation.may_read
    ]
    complete = [
        participation for participation in readable if all(role.is_submitted for role in participation.roles)
    ]
    return next(iter(complete or readable), None)
