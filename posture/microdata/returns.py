"""Counts the invitations of a wave that were sent, opened and submitted, by role and by organisation."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Count, Min, Q, QuerySet

from posture.analysis.answers.wave_data import BLANK, GAVE_AN_ANSWER, NOT_APPLICABLE, WaveData
from posture.methods.response_rates import COMPLETE_ABOVE
from posture.microdata.respondents import Respondents
from surveys.instrument.questionnaire_definition import Questionnaire
from surveys.models import Invitation

IS_OPENED = Q(opened_at__isnull=False)
IS_SUBMITTED = Q(response__submitted_at__isnull=False)


@dataclass(frozen=True)
class Counts:
    invited: int
    opened: int
    submitted: int


@dataclass(frozen=True)
class Returns:
    """Invitations by the code of the role, and organisations. first_invited_at: None if there were no invitations.
    are_imported: some responses came from a file, so the number of invitations is unknown."""

    roles: dict[str, Counts]
    organizations: Counts
    first_invited_at: datetime | None
    are_imported: bool


def returns_of(wave_id: int) -> Returns:
    """Counts the valid invitations; a revoked one was replaced or withdrawn."""
    rows = Invitation.objects.filter(wave_id=wave_id, revoked_at=None).order_by()
    by_role = rows.values("role").annotate(
        invited=Count("pk"), opened=Count("pk", filter=IS_OPENED), submitted=Count("pk", filter=IS_SUBMITTED)
    )
    return Returns(
        roles={row["role"]: Counts(row["invited"], row["opened"], row["submitted"]) for row in by_role},
        organizations=_organizations(rows),
        first_invited_at=rows.aggregate(first=Min("created_at"))["first"],
        are_imported=rows.exclude(response__source_row="").filter(response__isnull=False).exists(),
    )


def _organizations(rows: QuerySet[Invitation]) -> Counts:
    counts = rows.aggregate(
        invited=Count("organization", distinct=True),
        opened=Count("organization", distinct=True, filter=IS_OPENED),
        submitted=Count("organization", distinct=True, filter=IS_SUBMITTED),
    )
    return Counts(**counts)


def complete_responses(data: WaveData, questionnaire: Questionnaire, people: Respondents) -> dict[str, int]:
    """The submitted responses by role that answer more than 80 % of the core questions that were asked. "Does not
    apply" is an answer; a question behind a closed gate was not asked."""
    complete = {}
    for role, has_submitted in people.roles.items():
        answered, asked = np.zeros(len(data.units)), np.zeros(len(data.units))
        for item in questionnaire.core_items:
            if item.role == role:
                column = data.item(item.code)
                answered += column.is_in(*GAVE_AN_ANSWER, NOT_APPLICABLE)
                asked += column.is_in(*GAVE_AN_ANSWER, NOT_APPLICABLE, BLANK)
        is_complete = (answered > COMPLETE_ABOVE * asked) | (asked == 0)
        complete[role] = int((has_submitted & is_complete).sum())
    return complete
