"""Queries of the fieldwork: answers given so far, open questions, returns and participation."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, QuerySet

from surveys.database.select_statements import all_rows
from surveys.instrument.questionnaire_definition import Item, Questionnaire
from surveys.instrument.response_state import ResponseState
from surveys.instrument.routing import Answers, AnswerValue
from surveys.models import Answer, Invitation, Membership, Organization, Response, Selection, Wave
from surveys.tenancy.organization_scope import across_organizations, organization_scope


def response_state(response: Response) -> ResponseState:
    """Returns the answers and progress of a response with all texts. Runs two queries for any number of answers.

    The invitation must not be revoked.
    """
    invitation = response.invitation
    answers = Answer.objects.filter(
        response__invitation__organization_id=invitation.organization_id,
        response__invitation__wave_id=invitation.wave_id,
        response__invitation__revoked_at=None,
    )
    return _response_state(response, answer_values(answers))


def response_state_without_texts(
    response: Response, *, about: Collection[str] | None = None
) -> ResponseState:
    """Returns the answers and progress of a response without texts, which neither routing nor progress needs.

    Runs one statement, or none if `about` is empty. `about` limits the answers to these item codes.
    """
    return _response_state(response, _answers_without_texts(response.invitation, about))


def _response_state(response: Response, rows: Iterable[tuple[int, str, AnswerValue]]) -> ResponseState:
    own_answers: dict[str, AnswerValue] = {}
    other_answers: dict[str, AnswerValue] = {}
    for response_id, code, answer in rows:
        (own_answers if response_id == response.pk else other_answers)[code] = answer
    invitation = response.invitation
    return ResponseState(
        invitation.wave.questionnaire.definition, invitation.role, own_answers, other_answers | own_answers
    )


ANSWERS_WITHOUT_TEXTS = """
    SELECT answer.response_id, item.code, answer.number, answer.basis, option.code
    FROM surveys_invitation AS invitation
    JOIN surveys_response AS response ON response.invitation_id = invitation.id
    JOIN surveys_answer AS answer ON answer.response_id = response.id
    JOIN surveys_item AS item ON item.id = answer.item_id
    LEFT JOIN surveys_selection AS selection ON selection.answer_id = answer.id
    LEFT JOIN surveys_option AS option ON option.id = COALESCE(answer.option_id, selection.option_id)
    WHERE invitation.organization_id = %s AND invitation.wave_id = %s AND invitation.revoked_at IS NULL
        {about}
    ORDER BY answer.saved_at, answer.id, option.position
"""


def _answers_without_texts(
    invitation: Invitation, codes: Collection[str] | None
) -> Iterator[tuple[int, str, AnswerValue]]:
    if codes is not None and not codes:
        return
    about = f"AND item.code IN ({', '.join(['%s'] * len(codes))})" if codes else ""
    parameters = [invitation.organization_id, invitation.wave_id, *(codes or ())]
    rows = all_rows(ANSWERS_WITHOUT_TEXTS.format(about=about), parameters)
    for (response, code, number, basis), rows_of_answer in groupby(rows, key=lambda row: row[:4]):
        options = tuple(option for *_, option in rows_of_answer if option)
        yield response, code, AnswerValue(options=options, number=number, basis=basis)


def answer_values(answers: QuerySet[Answer]) -> Iterator[tuple[int, str, AnswerValue]]:
    """Yields response key, item code and answer, the first saved first. Runs two queries."""
    answers = answers.order_by("saved_at", "pk")
    selected: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Selection.objects.filter(answer__in=answers.order_by()).order_by("option__position")
    for answer, option, text in rows.values_list("answer_id", "option__code", "text"):
        selected[answer].append((option, str(text)))
    columns = ("pk", "response_id", "item__code", "option__code", "number", "text", "basis")
    for answer, response, code, option, number, text, basis in answers.values_list(*columns):
        option_texts = selected.get(answer, [])
        if option is not None:
            option_texts, text = [(option, str(text))], ""
        yield (
            response,
            code,
            AnswerValue(
                options=tuple(option for option, _ in option_texts),
                number=number,
                text=str(text),
                basis=basis,
                texts=tuple((option, option_text) for option, option_text in option_texts if option_text),
            ),
        )


def response_of(public_id: uuid.UUID) -> Response | None:
    rows = Response.objects.select_related("invitation__organization", "invitation__wave__questionnaire")
    return rows.filter(public_id=public_id).first()


def missing_basis(questionnaire: Questionnaire, items: Iterable[Item], own_answers: Answers) -> list[Item]:
    """Returns the answered evidence items whose evidence basis is missing."""
    return [
        item
        for item in items
        if item.code in own_answers
        and questionnaire.takes_basis(item)
        and needs_basis(item, own_answers[item.code])
    ]


def needs_basis(item: Item, answer: AnswerValue) -> bool:
    substantive = answer.number is not None or any(
        item.option(code).is_substantive for code in answer.options
    )
    return substantive and not answer.basis


@dataclass(frozen=True)
class RoleReturn:
    role: str
    label: str
    invited: int
    opened: int
    submitted: int


def returns_by_role(wave: Wave) -> list[RoleReturn]:
    rows_by_role = {
        row["role"]: row
        for row in wave.invitations.filter(revoked_at=None)
        .values("role")
        .order_by("role")
        .annotate(
            invited=Count("id"),
            opened=Count("id", filter=Q(opened_at__isnull=False)),
            submitted=Count("id", filter=Q(response__submitted_at__isnull=False)),
        )
    }
    return [
        RoleReturn(role.code, role.label, row["invited"], row["opened"], row["submitted"])
        for role in wave.questionnaire.definition.roles
        if (row := rows_by_role.get(role.code))
    ]


def waves() -> QuerySet[Wave]:
    return Wave.objects.select_related("questionnaire").annotate(
        invited=Count("invitations", filter=Q(invitations__revoked_at=None)),
        submitted=Count("invitations", filter=Q(invitations__response__submitted_at__isnull=False)),
    )


def waves_of(questionnaire: str) -> QuerySet[Wave]:
    """Returns all waves of all versions of a questionnaire, the oldest first."""
    rows = Wave.objects.filter(questionnaire__slug=questionnaire)
    return rows.select_related("questionnaire").order_by("opens_at", "pk")


def invitations_of(wave: Wave, *, organization: str = "") -> QuerySet[Invitation]:
    """Returns the invitations of organisations whose name contains the text."""
    return (
        wave.invitations.filter(organization__name__icontains=organization)
        .select_related("organization", "response")
        .order_by("organization__name", "role", "pk")
    )


@dataclass(frozen=True)
class RoleState:
    label: str
    is_submitted: bool
    is_begun: bool
    submitted_at: datetime | None


@dataclass(frozen=True)
class Participation:
    """The progress of an organisation in a wave, and whether its report may be read.

    While the wave is open, the report may be read only after all roles that are asked for beliefs have submitted. So
    no respondent sees the evidence before stating a belief.
    """

    organization: Organization
    wave: Wave
    roles: list[RoleState]
    may_read: bool


def memberships_of(user: Any) -> list[Membership]:
    """Returns the active memberships of a user, ordered by the name of the organisation."""
    with across_organizations():
        rows = Membership.objects.filter(user=user, status=Membership.Status.ACTIVE)
        return list(rows.select_related("organization").order_by("organization__name", "pk"))


def participations(user: Any, *, at: datetime) -> list[Participation]:
    participations_of_user: list[Participation] = []
    for membership in memberships_of(user):
        with organization_scope(membership.organization_id):
            participations_of_user += participations_of(membership.organization, at=at)
    return participations_of_user


def participations_of(organization: Organization, *, at: datetime) -> list[Participation]:
    """Returns the waves that the organisation was invited to, the oldest first."""
    waves = Wave.objects.filter(invitations__organization=organization).distinct().order_by("opens_at", "pk")
    participations = (participation_of(organization, wave.slug, at=at) for wave in waves)
    return [participation for participation in participations if participation]


def participation_of(organization: Organization, wave_slug: str, *, at: datetime) -> Participation | None:
    invitations = list(
        Invitation.objects.filter(organization=organization, wave__slug=wave_slug, revoked_at=None)
        .select_related("wave__questionnaire", "response")
        .order_by("pk")
    )
    if not invitations:
        return None
    wave = invitations[0].wave
    questionnaire = wave.questionnaire.definition
    roles_with_beliefs = {item.role for item in questionnaire.core_items if item.kind == "belief"}
    submitted_roles = {invitation.role for invitation in invitations if _is_submitted(invitation)}
    missing_roles = {invitation.role for invitation in invitations} & roles_with_beliefs - submitted_roles
    return Participation(
        organization=organization,
        wave=wave,
        roles=[
            RoleState(
                questionnaire.role(invitation.role).label,
                invitation.role in submitted_roles,
                hasattr(invitation, "response"),
                invitation.response.submitted_at if _is_submitted(invitation) else None,
            )
            for invitation in invitations
        ],
        may_read=bool(submitted_roles) and (not missing_roles or not wave.is_open(at)),
    )


def _is_submitted(invitation: Invitation) -> bool:
    return hasattr(invitation, "response") and invitation.response.submitted_at is not None
