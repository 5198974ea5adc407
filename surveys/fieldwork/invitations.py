"""Invites informants, resends their links and revokes them. Each function is one transaction and takes the time as an
argument."""

from datetime import datetime
from typing import Any

from django.db import transaction

from surveys.database.row_locks import ConcurrentChange, lock_invitation, lock_respondent
from surveys.encryption.sealing import digest_of_address
from surveys.encryption.tokens import hash_of, new_token
from surveys.fieldwork.audit_notes import note
from surveys.fieldwork.errors import AlreadySubmitted, InvitationUnusable, UnknownRole
from surveys.mail import emails
from surveys.models import Invitation, Organization, RespondentSession, Response, Wave
from surveys.tenancy.organization_scope import across_organizations


@transaction.atomic
def invite(
    organization: Organization,
    *,
    wave: Wave,
    role: str,
    address: str,
    at: datetime,
    by: Any = None,
    by_mail: bool = False,
) -> tuple[Invitation, str]:
    """Creates an invitation. Returns it with its token, which exists only here and in the link.

    Each role has one informant. A second invitation of the same role replaces the first, and raises AlreadySubmitted
    if that one has a response. With `by_mail` the link is sent to the address. Then the function raises
    mail.NoBaseUrl where links cannot be built, and changes nothing. Raises UnknownRole.
    """
    if role not in {role.code for role in wave.questionnaire.definition.roles}:
        raise UnknownRole(f"{role} is not a role of {wave.questionnaire}")
    earlier_invitation = Invitation.objects.filter(
        organization=organization, wave=wave, role=role, revoked_at=None
    ).first()
    if earlier_invitation is not None:
        lock_respondent(earlier_invitation.pk)
        if Response.objects.filter(invitation=earlier_invitation).exists():
            raise AlreadySubmitted(f"{organization} has already begun to answer as {role}")
        _end_locked(earlier_invitation, at)
    token = new_token()
    invitation = Invitation.objects.create(
        organization=organization,
        wave=wave,
        role=role,
        address=address,
        address_digest=digest_of_address(address),
        token_hash=hash_of(token),
        created_at=at,
        expires_at=wave.closes_at,
    )
    if by_mail:
        emails.queue_invitation(invitation, token, at=at)
    if earlier_invitation is not None:
        note("revoked an invitation", earlier_invitation, by=by, at=at)
    note("invited an informant", invitation, by=by, at=at)
    return invitation, token


@transaction.atomic
def revoke(invitation: Invitation, *, at: datetime, by: Any = None) -> None:
    """Ends an invitation with its link and all its sessions at once. Raises ConcurrentChange if it was revoked
    before."""
    lock_respondent(invitation.pk)
    _end_locked(invitation, at)
    note("revoked an invitation", invitation, by=by, at=at)


def _end_locked(invitation: Invitation, at: datetime) -> None:
    invitation.refresh_from_db(fields=["revoked_at"])
    if invitation.revoked_at is not None:
        raise ConcurrentChange
    invitation.revoked_at = at
    invitation.save(update_fields=["revoked_at"])
    RespondentSession.objects.filter(response__invitation=invitation).delete()


@transaction.atomic
def resend(invitation: Invitation, *, at: datetime, by: Any = None, by_mail: bool = False) -> str:
    """Returns a new token. The old link ends at once, and existing sessions continue.

    Raises ConcurrentChange if it was revoked, InvitationUnusable if it has expired, and with `by_mail` the same
    exception as `invite`.
    """
    if not lock_invitation(invitation.pk):
        raise ConcurrentChange
    invitation = Invitation.objects.get(pk=invitation.pk)
    if invitation.revoked_at is not None:
        raise ConcurrentChange
    if not invitation.is_usable(at):
        raise InvitationUnusable
    token = new_token()
    invitation.token_hash = hash_of(token)
    invitation.save(update_fields=["token_hash"])
    if by_mail:
        emails.queue_invitation(invitation, token, at=at)
    note("sent a new link", invitation, by=by, at=at)
    return token


def invitation_for(token: str, *, at: datetime) -> Invitation:
    """Returns the invitation of a token.

    Raises InvitationUnusable for a token that is unknown, revoked or expired, and does not reveal which.
    """
    rows = Invitation.objects.select_related("organization", "wave__questionnaire")
    with across_organizations():
        invitation = rows.filter(token_hash=hash_of(token)).first()
    if invitation is None or not invitation.is_usable(at):
        raise InvitationUnusable
    return invitation
