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
from surveys.instrument.routing import Answers, Given
from surveys.instrument.standing import Standing
from surveys.models import Answer, Invitation, Membership, Organization, Response, Selection, Wave
from surveys.tenancy.organization_scope import across_organizations, organization_scope


def standing_of(response: Response) -> Standing:
    """Returns the answers and progress of a response with all texts. Runs two queries for any number of answers.

    The invitation must not be revoked.
    """
    invitation = response.invitation
    answers = Answer.objects.filter(
        response__invitation__organization_id=invitation.organization_id,
        response__invitation__wave_id=invitation.wave_id,
        response__invitation__revoked_at=None,
    )
    return _standing(response, given_answers(answers))


def standing_without_words(response: Response, *, about: Collection[str] | None = None) -> Standing:
    """Returns the answers and progress of a response without texts, which neither routing nor progress needs.

    Runs one statement, or none if `about` is empty. `about` limits the answers to these item codes.
    """
    return _standing(response, _said(response.invitation, about))


def _standing(response: Response, rows: Iterable[tuple[int, str, Given]]) -> Standing:
    own: dict[str, Given] = {}
    colleagues: dict[str, Given] = {}
    for of_response, code, given in rows:
        (own if of_response == response.pk else colleagues)[code] = given
    invitation = response.invitation
    return Standing(invitation.wave.questionnaire.definition, invitation.role, own, colleagues | own)


SAID = """
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


def _said(invitation: Invitation, codes: Collection[str] | None) -> Iterator[tuple[int, str, Given]]:
    if codes is not None and not codes:
        return
    about = f"AND item.code IN ({', '.join(['%s'] * len(codes))})" if codes else ""
    parameters = [invitation.organization_id, invitation.wave_id, *(codes or ())]
    rows = all_rows(SAID.format(about=about), parameters)
    for (response, code, number, basis), of_answer in groupby(rows, key=lambda row: row[:4]):
        options = tuple(option for *_, option in of_answer if option)
        yield response, code, Given(options=options, number=number, basis=basis)


def given_answers(answers: QuerySet[Answer]) -> Iterator[tuple[int, str, Given]]:
    """Yields response key, item code and answer, the first saved first. Runs two queries."""
    answers = answers.order_by("saved_at", "pk")
    selected: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Selection.objects.filter(answer__in=answers.order_by()).order_by("option__position")
    for answer, option, text in rows.values_list("answer_id", "option__code", "text"):
        selected[answer].append((option, str(text)))
    columns = ("pk", "response_id", "item__code", "option__code", "number", "text", "basis")
    for answer, response, code, option, number, text, basis in answers.values_list(*columns):
        chosen = selected.get(answer, [])
        if option is not None:
            chosen, text = [(option, str(text))], ""
        yield (
            response,
            code,
            Given(
                options=tuple(option for option, _ in chosen),
                number=number,
                text=str(text),
                basis=basis,
                texts=tuple((option, words) for option, words in chosen if words),
            ),
        )


def response_of(public_id: uuid.UUID) -> Response | None:
    rows = Response.objects.select_related("invitation__organization", "invitation__wave__questionnaire")
    return rows.filter(public_id=public_id).first()


def missing_basis(questionnaire: Questionnaire, items: Iterable[Item], own: Answers) -> list[Item]:
    """Returns the answered evidence items whose evidence basis is missing."""
    return [
        item
        for item in items
        if item.code in own and questionnaire.takes_basis(item) and wants_basis(item, own[item.code])
    ]


def wants_basis(item: Item, given: Given) -> bool:
    substantive = given.number is not None or any(item.option(code).is_substantive for code in given.options)
    return substantive and not given.basis


@dataclass(frozen=True)
class RoleReturn:
    role: str
    label: str
    invited: int
    opened: int
    submitted: int


def returns_by_role(wave: Wave) -> list[RoleReturn]:
    counted = {
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
        if (row := counted.get(role.code))
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
    found: list[Participation] = []
    for membership in memberships_of(user):
        with organization_scope(membership.organization_id):
            found += participations_of(membership.organization, at=at)
    return found


def participations_of(organization: Organization, *, at: datetime) -> list[Participation]:
    """Returns the waves in which an organisation takes part, the newest first."""
    waves = Wave.objects.filter(invitations__organization=organization).distinct()
    found = (participation_of(organization, wave.slug, at=at) for wave in waves)
    return [participation for participation in found if participation]


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
    asked_for_beliefs = {item.role for item in questionnaire.core_items if item.kind == "belief"}
    submitted = {one.role for one in invitations if _submitted(one)}
    waiting = {one.role for one in invitations} & asked_for_beliefs - submitted
    return Participation(
        organization=organization,
        wave=wave,
        roles=[
            RoleState(questionnaire.role(one.role).label, one.role in submitted, hasattr(one, "response"))
            for one in invitations
        ],
        may_read=bool(submitted) and (not waiting or not wave.is_open(at)),
    )


def _submitted(invitation: Invitation) -> bool:
    return hasattr(invitation, "response") and invitation.response.submitted_at is not None
