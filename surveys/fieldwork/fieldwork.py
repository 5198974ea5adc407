"""The verbs of fieldwork: open a wave, invite, answer, submit, close. Each is one transaction and reads no clock."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from surveys.audit import trail
from surveys.database.row_locks import SomebodyWasFaster, lock_invitation, lock_respondent, lock_response
from surveys.encryption.sealing import digest_of_address
from surveys.fieldwork import answer_history, answer_writer
from surveys.fieldwork.answer_history import Held
from surveys.fieldwork.queries import Standing, standing_without_words
from surveys.instrument.routing import Given, is_asked, normal_form
from surveys.instrument.validity import expected_instead
from surveys.mail import emails
from surveys.models import (
    Invitation,
    Membership,
    Organization,
    Questionnaire,
    RespondentSession,
    Response,
    Wave,
)
from surveys.tenancy.organization_scope import across_organizations

KEEP_MONTHS = 24
TOKEN_BYTES = 32
RECEIPT_BYTES = 5
RESPONDENT = "respondent"


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
    """What became of a set of answers: version by item, what was expected instead, items not asked, and what is held
    of items that were changed by somebody else meanwhile."""

    saved: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    not_asked: list[str] = field(default_factory=list)
    conflicts: dict[str, Held] = field(default_factory=dict)


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
    keep_months: int = KEEP_MONTHS,
    is_synthetic: bool = False,
    asks_code: bool = False,
) -> Wave:
    wave = Wave(
        questionnaire=questionnaire,
        slug=slug,
        title=title,
        opens_at=opens_at,
        closes_at=closes_at,
        keep_months=keep_months,
        is_synthetic=is_synthetic,
        asks_code=asks_code,
    )
    wave.full_clean()
    wave.save()
    return wave


@transaction.atomic
def close_wave(wave: Wave, *, at: datetime, by: Any = None) -> None:
    wave.closed_at = at
    wave.save(update_fields=["closed_at"])
    if by is not None:
        trail.note("closed a wave", by=by, about=wave.slug, at=at)


@transaction.atomic
def state_wave(wave: Wave, stated: Mapping[str, Any], *, at: datetime, by: Any = None) -> None:
    """What a publisher discloses of a survey: sponsor, frame, recruitment and the like. `stated`: by the name of the
    field. Releases that are computed already keep what was stated then."""
    for name, value in stated.items():
        setattr(wave, name, value)
    wave.full_clean()
    wave.save(update_fields=list(stated))
    if by is not None:
        trail.note("stated how a wave was conducted", by=by, about=wave.slug, at=at)


@transaction.atomic
def hold_wave(wave: Wave, *, is_on_hold: bool, by: Any, at: datetime) -> None:
    """While a wave is on hold, retention removes nothing of it."""
    wave.is_on_hold = is_on_hold
    wave.save(update_fields=["is_on_hold"])
    trail.note(
        "put a wave on hold" if is_on_hold else "ended the hold of a wave", by=by, about=wave.slug, at=at
    )


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
    """The invitation and its token, which exists only here and in the link. One informant for a role: a second
    invitation of the same role replaces the first, unless that one has been answered. by_mail: the link is sent to the
    address; then raises mail.NoBaseAddress where links cannot be built, and nothing is changed."""
    if role not in {known.code for known in wave.questionnaire.definition.roles}:
        raise UnknownRole(f"{role} is not a role of {wave.questionnaire}")
    earlier = Invitation.objects.filter(
        organization=organization, wave=wave, role=role, revoked_at=None
    ).first()
    if earlier is not None:
        lock_respondent(earlier.pk)
        if Response.objects.filter(invitation=earlier).exists():
            raise AlreadySubmitted(f"{organization} has already begun to answer as {role}")
        _end_locked(earlier, at)
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
        emails.queue_invitation(invitation, token, at=at)
    if earlier is not None:
        note("revoked an invitation", earlier, by=by, at=at)
    note("invited an informant", invitation, by=by, at=at)
    return invitation, token


def note(action: str, invitation: Invitation, *, by: Any, at: datetime, about: str = "") -> None:
    """In the audit trail of the organisation. Nobody did it when there is no `by`: then a file or the demonstration
    did, and who brought that in is noted once."""
    if by is not None:
        what = f"{invitation.wave.slug}, {invitation.role}{', ' if about else ''}{about}"
        trail.note(action, organization=invitation.organization, by=by, about=what, at=at)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def revoke(invitation: Invitation, *, at: datetime, by: Any = None) -> None:
    """The link and every session that came by it end at once. Raises SomebodyWasFaster where they have ended."""
    lock_respondent(invitation.pk)
    _end_locked(invitation, at)
    note("revoked an invitation", invitation, by=by, at=at)


def _end_locked(invitation: Invitation, at: datetime) -> None:
    invitation.refresh_from_db(fields=["revoked_at"])
    if invitation.revoked_at is not None:
        raise SomebodyWasFaster
    invitation.revoked_at = at
    invitation.save(update_fields=["revoked_at"])
    RespondentSession.objects.filter(response__invitation=invitation).delete()


@transaction.atomic
def resend(invitation: Invitation, *, at: datetime, by: Any = None, by_mail: bool = False) -> str:
    """A new token; the old link ends at once, and who is at work goes on. Raises InvitationGone, and as `invite` does
    when it is sent by mail."""
    if not lock_invitation(invitation.pk):
        raise InvitationGone
    invitation = Invitation.objects.get(pk=invitation.pk)
    if not invitation.is_usable(at):
        raise InvitationGone
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash = hash_of(token)
    invitation.save(update_fields=["token_hash"])
    if by_mail:
        emails.queue_invitation(invitation, token, at=at)
    note("sent a new link", invitation, by=by, at=at)
    return token


def invitation_for(token: str, *, at: datetime) -> Invitation:
    """Raises InvitationGone for a token that is unknown, revoked or expired, without saying which."""
    rows = Invitation.objects.select_related("organization", "wave__questionnaire")
    with across_organizations():
        invitation = rows.filter(token_hash=hash_of(token)).first()
    if invitation is None or not invitation.is_usable(at):
        raise InvitationGone
    return invitation


@transaction.atomic
def open_response(invitation: Invitation, *, at: datetime, source_row: str = "") -> Response:
    """The response of the invitation, begun when it is the first visit. Raises WaveClosed for a late beginner, and
    InvitationGone where the invitation was erased meanwhile."""
    if not lock_invitation(invitation.pk):
        raise InvitationGone
    response = Response.objects.filter(invitation=invitation).first()
    if response is not None:
        return response
    if not invitation.wave.is_open(at):
        raise WaveClosed
    invitation.opened_at = at
    invitation.save(update_fields=["opened_at"])
    return Response.objects.create(invitation=invitation, started_at=at, source_row=source_row)


@transaction.atomic
def record_answers(
    response: Response,
    given: Mapping[str, Given],
    *,
    at: datetime,
    based_on: Mapping[str, int] | None = None,
    session: RespondentSession | None = None,
) -> Recorded:
    """Saves what is valid and says what is not: one wrong answer loses no other. A blank answer clears the item.
    `based_on` names the versions that the respondent had seen; without it the given answers are the newest.

    Raises WaveClosed or AlreadySubmitted, and then nothing is saved.
    """
    response = locked(response)
    refuse_unless_open(response, at)
    standing = standing_without_words(response)
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
            accepted[item.code] = normal_form(item, given[item.code])
            _note(standing, item.code, accepted[item.code])
        else:
            recorded.not_asked.append(item.code)
    known = {item.code for item in standing.questionnaire.items}
    recorded.not_asked.extend(code for code in given if code not in known)
    sheet = answer_writer.sheet_of(response, accepted)
    if based_on is not None:
        recorded.conflicts.update(_set_aside(sheet, accepted, based_on, at))
    recorded.saved.update(answer_writer.write(sheet, accepted, at=at))
    if any(recorded.saved.values()):
        note_first_answer(response, session=session, at=at)
    changed = [code for code, version in recorded.saved.items() if version != sheet.held_of(code).version]
    if changed and session is not None:
        note("saved answers", response.invitation, by=RESPONDENT, about=" ".join(changed), at=at)
    return recorded


def _set_aside(
    sheet: answer_writer.Sheet, accepted: dict[str, Given], based_on: Mapping[str, int], at: datetime
) -> dict[str, Held]:
    """Takes out what was given without knowledge of a newer version. Fields that stand as they were seen say nothing:
    there the newer version stays, and nobody is asked."""
    stale = {
        code: accepted.pop(code)
        for code in list(accepted)
        if based_on.get(code, 0) != sheet.held_of(code).version
    }
    changed = {
        code: value
        for code, value in stale.items()
        if value != sheet.held_of(code).given
        and value != answer_history.at_version(sheet.response, code, based_on.get(code, 0)).given
    }
    answer_writer.refuse(sheet, changed, {code: based_on.get(code, 0) for code in changed}, at=at)
    return {code: sheet.held_of(code) for code in changed}


def note_first_answer(response: Response, *, session: RespondentSession | None, at: datetime) -> None:
    """From now on the link alone shows nothing: every other device needs a mailed code, also those that were there
    before."""
    if response.answered_at is None:
        response.answered_at = at
        response.save(update_fields=["answered_at"])
        others = RespondentSession.objects.filter(response=response)
        (others.exclude(pk=session.pk) if session else others).update(confirmed_at=None)


@transaction.atomic
def correct_answers(response: Response, given: Mapping[str, Given], *, at: datetime) -> dict[str, int]:
    """The source of a response is right, also after submission. Items it no longer answers are cleared, and every
    earlier state stays in the history. `surveys.imports` does the same for many responses at once."""
    cleared = {code: Given() for code in standing_without_words(response).own if code not in given}
    response.corrected_at = at
    response.save(update_fields=["corrected_at"])
    answers = cleared | dict(given)
    return answer_writer.write(answer_writer.sheet_of(response, answers), answers, at=at)


def _note(standing: Standing, code: str, given: Given) -> None:
    """Later items of the same set are routed by this answer."""
    for answers in (standing.own, standing.organization):
        if given.is_blank:
            answers.pop(code, None)
        else:
            answers[code] = given


def locked(response: Response) -> Response:
    """The row as it is now, and kept so until the end of the transaction. SQLite keeps the whole database. Invitation
    and wave are read after the lock, by a statement of their own: whoever waited reads what happened meanwhile."""
    if not lock_response(response.pk):
        raise InvitationGone
    rows = Response.objects.select_related("invitation__wave__questionnaire", "invitation__organization")
    return rows.defer("invitation__wave__questionnaire__source").get(pk=response.pk)


def refuse_unless_open(response: Response, at: datetime) -> None:
    if response.submitted_at is not None:
        raise AlreadySubmitted
    if response.invitation.revoked_at is not None:
        raise InvitationGone
    if not response.invitation.wave.is_open(at):
        raise WaveClosed


@transaction.atomic
def submit_response(response: Response, *, at: datetime, by: Any = None, by_mail: bool = False) -> str:
    """The receipt. Submitting twice gives the same receipt, and one mail."""
    response = locked(response)
    if response.submitted_at is not None:
        return response.receipt
    refuse_unless_open(response, at)
    # By a clock that was set back in between, it would be submitted before it was begun.
    response.submitted_at = max(at, response.started_at)
    response.receipt = new_receipt()
    response.save(update_fields=["submitted_at", "receipt"])
    if by_mail and response.invitation.address:
        emails.queue_receipt(response, at=at)
    note("submitted the answers", response.invitation, by=by, at=at)
    return response.receipt


def new_receipt() -> str:
    code = secrets.token_hex(RECEIPT_BYTES).upper()
    return f"{code[:5]}-{code[5:]}"
