"""The submitted responses of a wave, their organisations, and the responses that one person gave."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.models import QuerySet

from posture.microdata.raw_rows import raw_tuples, read_in_blocks
from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.questionnaire_definition import ANY_ROLE, Item, Questionnaire
from surveys.models import Response

COLUMNS = ("pk", "invitation__organization_id", "invitation__role", "invitation__address_digest")
SEGMENTS = tuple(f"invitation__organization__{dimension.code}" for dimension in DIMENSIONS)


@dataclass(frozen=True)
class Respondents:
    """The respondents of a wave. responses: keys of the submitted responses, ascending. For each response: the
    position of its organisation in `units`, and the number of the person within the organisation. units: keys of
    organisations, ascending. roles: bool [roles of the questionnaire, units], whether the role has submitted.
    segments: as in WaveData."""

    responses: np.ndarray
    unit: np.ndarray
    person: np.ndarray
    units: np.ndarray
    segments: dict[str, np.ndarray]
    roles: dict[str, np.ndarray]

    def positions(self, responses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions in `responses`, and whether each key exists there: a response may have been submitted since."""
        positions = np.searchsorted(self.responses, responses)
        positions[positions == len(self.responses)] = 0
        return positions, self.responses[positions] == responses if len(self.responses) else positions > 0

    def has_respondent(self, item: Item) -> np.ndarray:
        """Organisations in which a respondent in the role of the item has submitted."""
        if item.role == ANY_ROLE:
            return np.ones(len(self.units), dtype=bool)
        return self.roles[item.role]


def submitted_responses(wave_id: int, *, organizations: Sequence[int] | None) -> QuerySet[Response]:
    rows = Response.objects.filter(
        invitation__wave_id=wave_id, invitation__revoked_at=None, submitted_at__isnull=False
    )
    return rows if organizations is None else rows.filter(invitation__organization_id__in=organizations)


def read_respondents(responses: QuerySet[Response], questionnaire: Questionnaire) -> Respondents:
    roles = {role.code: number for number, role in enumerate(questionnaire.roles)}
    width = 4 + len(DIMENSIONS)
    rows = responses.order_by("invitation__organization_id", "pk").values_list(*COLUMNS, *SEGMENTS)
    response, organization, role, person, *segments = read_in_blocks(
        _numbered(raw_tuples(rows), roles), width
    )
    units, first, unit = np.unique(organization, return_index=True, return_inverse=True)
    has_submitted = np.zeros((len(roles), len(units)), dtype=bool)
    has_submitted[role, unit] = True
    order = np.argsort(response)
    return Respondents(
        responses=response[order],
        unit=unit[order].astype(np.int32),
        person=person[order].astype(np.int8),
        units=units,
        segments={
            dimension.code: codes[first].astype(np.uint8)
            for dimension, codes in zip(DIMENSIONS, segments, strict=True)
        },
        roles=dict(zip(roles, has_submitted, strict=True)),
    )


def _numbered(rows: Iterator[tuple[Any, ...]], roles: dict[str, int]) -> Iterator[tuple[int, ...]]:
    """Converts texts to numbers: the role, the person (identified by the digest of the address), the segments."""
    segment_numbers = [
        {code: number for number, code in enumerate(("", *dimension.codes))} for dimension in DIMENSIONS
    ]
    for organization, group in groupby(rows, key=itemgetter(1)):
        organization_rows = list(group)
        people = list(dict.fromkeys(map(_person, organization_rows)))
        for row in organization_rows:
            segments = (numbers[value] for numbers, value in zip(segment_numbers, row[4:], strict=True))
            yield row[0], organization, roles[row[2]], people.index(_person(row)), *segments


def _person(row: tuple[Any, ...]) -> str:
    return row[3] or f"response {row[0]}"
