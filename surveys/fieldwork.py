"""The verbs of fieldwork: open a wave, invite, answer, submit, close. Each is one transaction and reads no clock."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from surveys import mail, recording
from surveys.models import Invitation, Membership, Organization, Questionnaire, Response, Wave
from surveys.queries import Standing, standing_of
from surveys.routing import Given, in_order, is_asked
from surveys.sealing import digest_of_address
from surveys.validity import expected_instead

TOKEN_BYTES = 24
RECEIPT_BYTES = 5


class FieldworkError(Exception):
    """Something that the state of the fieldwork does not allow."""


class WaveClosed(FieldworkError):
    pass


class AlreadySubmitted(FieldworkError):
    pass


class InvitationGone(FieldworkError):
    pass


class UnknownRole(FieldworkError):
    pass


@dataclass(frozen=True)
class Recorded:
    """What became of a set of answers: version by item, what was expected instead, and items not asked."""

    saved: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)


def create_organization(
    *,
    name: str,
    slug: str,
    sector: str = "",
    size_band: str = "",
    region: str = "",
    is_synthetic: bool = False,
) -> Organization:
    organization = Organization(
        name=name, slug=slug, sector=sector, size_band=size_band, region=region, is_synthetic=is_synthetic
    )
    organization.full_clean()
    organization.save()
    return organization


def add_member(organization: Organization, *, user: Any, role: str = Membership.Role.VIEWER) -> Membership:
    """The person belongs to the organisation in this role, whatever the role was before."""
    return Membership.objects.update_or_create(organization=organization, user=user, defaults={"role": role})[
        0
    ]


def open_wave(
    questionnaire: Questionnaire,
    *,
    slug: str,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    is_synthetic: bool = False,
) -> Wave:
    wave = Wave(
        questionnaire=questionnaire,
        slug=slug,
        title=title,
        opens_at=opens_at,
        closes_at=closes_at,
        is_synthetic=is_synthetic,
    )
    wave.full_clean()
    wave.save()
    return wave


def close_wave(wave: Wave, *, at: datetime) -> None:
    wave.closed_at = at
    wave.save(update_fields=["closed_at"])


@transaction.atomic
def invite(
    organization: Organization, *, wave: Wave, role: str, address: str, at: datetime, by_mail: bool = False
) -> tuple[Invitation, str]:
    """The invitation and its token, which exists only here and in the link. One informant for a role: a second
    invitation of the same role replaces the first, unless that one has been answered. by_mail: the link is sent to the
    address; then raises mail.NoBaseAddress where links cannot be built, and nothing is changed."""
    if role not in {known.code for known in wave.questionnaire.definition.roles}:
        raise UnknownRole(f"{role} is not a role of {wave.questionnaire}")
    earlier = Invitation.objects.filter(
        organization=organization, wave=wave, role=role, revoked_at=None
    ).first()
    if earlier is not None:
        if Response.objects.filter(invitation=earlier).exists():
            raise AlreadySubmitted(f"{organization} has already begun to answer as {role}")
        revoke(earlier, at=at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
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
        mail.queue_invitation(invitation, token, at=at)
    return invitation, token


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def revoke(invitation: Invitation, *, at: datetime) -> None:
    invitation.revoked_at = at
    invitation.save(update_fields=["revoked_at"])


def invitation_for(token: str, *, at: datetime) -> Invitation:
    """Raises InvitationGone for a token that is unknown, revoked or expired, without saying which."""
    rows = Invitation.objects.select_related("organization", "wave__questionnaire")
    invitation = rows.filter(token_hash=hash_of(token)).first()
    if invitation is None or not invitation.is_usable(at):
        raise InvitationGone
    return invitation


@transaction.atomic
def open_response(invitation: Invitation, *, at: datetime, source_row: str = "") -> Response:
    """The response of the invitation, begun when it is the first visit. Raises WaveClosed for a late beginner."""
    response = Response.objects.filter(invitation=invitation).first()
    if response is not None:
        return response
    if not invitation.wave.is_open(at):
        raise WaveClosed
    invitation.opened_at = at
    invitation.save(update_fields=["opened_at"])
    return Response.objects.create(invitation=invitation, started_at=at, source_row=source_row)


@transaction.atomic
def record_answers(response: Response, given: Mapping[str, Given], *, at: datetime) -> Recorded:
    """Saves what is valid and says what is not: one wrong answer loses no other. A blank answer clears the item.

    Raises WaveClosed or AlreadySubmitted, and then nothing is saved.
    """
    response = _answerable(response, at)
    standing = standing_of(response)
    recorded = Recorded()
    accepted: dict[str, Given] = {}
    for item in standing.questionnaire.items:
        if item.code not in given:
            continue
        expected = expected_instead(standing.questionnaire, item, given[item.code])
        if expected:
            recorded.refused[item.code] = expected
        elif is_asked(
            standing.questionnaire,
            item,
            role=standing.role,
            own=standing.own,
            organization=standing.organization,
        ):
            accepted[item.code] = in_order(item, given[item.code])
            _note(standing, item.code, accepted[item.code])
        else:
            recorded.not_asked.append(item.code)
    recorded.not_asked.extend(
        code for code in given if code not in {item.code for item in standing.questionnaire.items}
    )
    recorded.saved.update(recording.write(response, accepted, at=at))
    return recorded


@transaction.atomic
def correct_answers(response: Response, given: Mapping[str, Given], *, at: datetime) -> dict[str, int]:
    """For imports: the source is right, also after submission. Items it no longer answers are cleared, and every
    earlier state stays in the history."""
    cleared = {code: Given() for code in standing_of(response).own if code not in given}
    response.corrected_at = at
    response.save(update_fields=["corrected_at"])
    return recording.write(response, cleared | dict(given), at=at)


def _note(standing: Standing, code: str, given: Given) -> None:
    """Later items of the same set are routed by this answer."""
    for answers in (standing.own, standing.organization):
        if given.is_blank:
            answers.pop(code, None)
        else:
            answers[code] = given


def _answerable(response: Response, at: datetime) -> Response:
    locked = (
        Response.objects.select_for_update(of=("self",))
        .select_related("invitation__wave__questionnaire", "invitation__organization")
        .get(pk=response.pk)
    )
    if locked.submitted_at is not None:
        raise AlreadySubmitted
    if locked.invitation.revoked_at is not None:
        raise InvitationGone
    if not locked.invitation.wave.is_open(at):
        raise WaveClosed
    return locked


@transaction.atomic
def submit_response(response: Response, *, at: datetime) -> str:
    """The receipt. Submitting twice gives the same receipt."""
    try:
        locked = _answerable(response, at)
    except AlreadySubmitted:
        return Response.objects.get(pk=response.pk).receipt
    locked.submitted_at = at
    locked.receipt = _receipt()
    locked.save(update_fields=["submitted_at", "receipt"])
    return locked.receipt


def _receipt() -> str:
    code = secrets.token_hex(RECEIPT_BYTES).upper()
    return f"{code[:5]}-{code[5:]}"
