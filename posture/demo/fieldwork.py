"""Conducts waves of synthetic organisations; answers are saved by the same functions as those of respondents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from django.db import transaction

from posture.demo.answers import (
    OrganizationProfile,
    half_a_year_later_character,
    random_answers,
    random_character,
)
from surveys.fieldwork import invitations
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.queries import response_state_without_texts
from surveys.fieldwork.responses import open_response, submit_response
from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.questionnaire_definition import Questionnaire
from surveys.people.organizations import create_organization

if TYPE_CHECKING:
    from surveys.models import Invitation, Organization, Wave

RETURN_RATES = {"executive": 0.94, "security_lead": 0.92, "engineer": 0.82}
STAY_RATE = 0.84
ANSWERED_SO_FAR = 0.7
ONE_PERSON_FOR_TWO_ROLES = 0.2
STARTED_NOT_SUBMITTED = 0.3
COHORT_WEIGHTS = {
    "sector": (9, 6, 5, 3, 9, 4, 3, 4, 2, 4, 1),
    "size_band": (2, 5, 8, 7, 3, 3),
    "region": (9, 9, 2, 2, 5),
}
NOT_STATED = 0.03
WEIGHTED_BY = ("size_band", "region")


@dataclass(frozen=True)
class Member:
    organization: Organization
    profile: OrganizationProfile


def organizations(random: Random, count: int) -> list[Member]:
    members = []
    for number in range(1, count + 1):
        frame = {
            dimension.code: ""
            if dimension.code not in WEIGHTED_BY and random.random() < NOT_STATED
            else random.choices(dimension.codes, weights=COHORT_WEIGHTS[dimension.code])[0]
            for dimension in DIMENSIONS
        }
        organization = create_organization(
            name=f"Synthetic organisation {number:03}",
            slug=f"synthetic-{number:03}",
            is_synthetic=True,
            **frame,
        )
        profile = random_character(random, sector=frame["sector"], size_band=frame["size_band"])
        members.append(Member(organization, profile))
    return members


def later_members(random: Random, members: list[Member]) -> list[Member]:
    return [
        replace(member, profile=half_a_year_later_character(random, member.profile)) for member in members
    ]


def random_members(random: Random, members: list[Member], share: float) -> list[Member]:
    return [member for member in members if random.random() < share]


def answer_wave(random: Random, wave: Wave, members: list[Member], *, at: datetime) -> None:
    for number, member in enumerate(members):
        with transaction.atomic():
            _answer_organization(random, wave, member, at=at + timedelta(minutes=7 * number))


def _answer_organization(random: Random, wave: Wave, member: Member, *, at: datetime) -> None:
    questionnaire = wave.questionnaire.definition
    is_one_person = random.random() < ONE_PERSON_FOR_TWO_ROLES
    for role in sorted((role.code for role in questionnaire.roles), key=_evidence_first):
        person = "owner" if is_one_person and role != "engineer" else role.replace("_", "-")
        address = f"{person}@{member.organization.slug}.example"
        invitation, _ = invitations.invite(member.organization, wave=wave, role=role, address=address, at=at)
        if random.random() < RETURN_RATES.get(role, 1):
            _respond(random, questionnaire, invitation, member.profile, submit=True, at=at)
        elif random.random() < STARTED_NOT_SUBMITTED:
            _respond(random, questionnaire, invitation, member.profile, submit=False, at=at)


def _evidence_first(role: str) -> bool:
    return role == "executive"


def _respond(
    random: Random,
    questionnaire: Questionnaire,
    invitation: Invitation,
    profile: OrganizationProfile,
    *,
    submit: bool,
    at: datetime,
) -> None:
    response = open_response(invitation, at=at)
    for _ in range(2):
        standing = response_state_without_texts(response)
        unanswered = tuple(item for item in standing.items if item.code not in standing.own_answers)
        if not unanswered:
            break
        record_answers(response, random_answers(random, questionnaire, unanswered, profile), at=at)
    if submit:
        submit_response(response, at=at + timedelta(minutes=11))
