"""The only door to raw answers: submitted responses of a wave in, one tidy frame out. Nothing else in this package
reads them. No name, address or free text passes through."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from posture.analysis.wave_data import (
    ANSWERED,
    BLANK,
    COLUMNS,
    DECLINED,
    DONT_KNOW,
    NO_EVIDENCE,
    NO_RESPONDENT,
    NOT_APPLICABLE,
    ROUTED_OUT,
    WaveData,
)
from surveys.cohorts import DIMENSIONS
from surveys.instrument import ANY_ROLE, Item, Questionnaire
from surveys.models import Answer, Organization, Response, Wave
from surveys.queries import given_answers
from surveys.routing import Given, gate_is_open

STATES = {
    "dont_know": DONT_KNOW,
    "no_evidence": NO_EVIDENCE,
    "not_applicable": NOT_APPLICABLE,
    "declined": DECLINED,
}


@dataclass(frozen=True)
class Microdata:
    data: WaveData
    questionnaire: Questionnaire
    responses: int
    digest: str


@dataclass(frozen=True)
class WaveFacts:
    """What a release says about its wave."""

    title: str
    slug: str
    questionnaire: Questionnaire
    questionnaire_source: str
    opens_at: datetime
    closes_at: datetime
    is_closed: bool
    is_synthetic: bool


@dataclass
class Submitted:
    """One organisation's submitted answers, with who gave each."""

    roles: set[str]
    given: dict[str, Given]
    informants: dict[str, str]


def wave_facts(wave_id: int, *, at: datetime) -> WaveFacts:
    wave = Wave.objects.select_related("questionnaire").get(pk=wave_id)
    return WaveFacts(
        title=wave.title,
        slug=wave.slug,
        questionnaire=wave.questionnaire.definition,
        questionnaire_source=wave.questionnaire.source,
        opens_at=wave.opens_at,
        closes_at=wave.closed_at or wave.closes_at,
        is_closed=not wave.is_open(at) and at >= wave.opens_at,
        is_synthetic=wave.is_synthetic,
    )


def wave_id_of(slug: str) -> int | None:
    return Wave.objects.filter(slug=slug).values_list("pk", flat=True).first()


def microdata_of(wave_id: int) -> Microdata:
    """Answers of the whole wave. The digest changes with any answer, basis, informant or cohort membership."""
    return _microdata(wave_id, organizations=None)


def microdata_of_organization(wave_id: int, organization_id: int) -> Microdata:
    return _microdata(wave_id, organizations=[organization_id])


def _microdata(wave_id: int, *, organizations: list[int] | None) -> Microdata:
    questionnaire = Wave.objects.select_related("questionnaire").get(pk=wave_id).questionnaire.definition
    responses = Response.objects.filter(
        invitation__wave_id=wave_id, invitation__revoked_at=None, submitted_at__isnull=False
    )
    if organizations is not None:
        responses = responses.filter(invitation__organization_id__in=organizations)
    submitted = _submitted(responses.values_list("pk", flat=True))
    units = _units(submitted)
    rows = [row for unit in units.index for row in _rows(unit, submitted[unit], questionnaire)]
    answers = pd.DataFrame(rows, columns=list(COLUMNS))
    return Microdata(WaveData(units, answers), questionnaire, responses.count(), _digest(units, rows))


def _submitted(response_ids: Iterable[int]) -> dict[int, Submitted]:
    ids = list(response_ids)
    found: dict[int, Submitted] = defaultdict(lambda: Submitted(set(), {}, {}))
    invitations = Response.objects.filter(pk__in=ids).values_list(
        "pk", "invitation__organization_id", "invitation__role", "invitation__address"
    )
    people = {}
    for pk, organization, role, address in invitations:
        found[organization].roles.add(role)
        people[pk] = (organization, address.strip().lower() or f"response {pk}")
    for response, item, given in given_answers(Answer.objects.filter(response__in=ids)):
        organization, person = people[response]
        unit = found[organization]
        if item not in unit.given:
            unit.given[item] = replace(given, text="", texts=())
            unit.informants[item] = person
    return found


def _units(submitted: Mapping[int, Submitted]) -> pd.DataFrame:
    dimensions = [dimension.code for dimension in DIMENSIONS]
    rows = Organization.objects.filter(pk__in=submitted).order_by("pk").values_list("pk", *dimensions)
    return pd.DataFrame(list(rows), columns=["unit", *dimensions]).set_index("unit")


def _rows(unit: int, submitted: Submitted, questionnaire: Questionnaire) -> Iterator[tuple[object, ...]]:
    people = {person: number for number, person in enumerate(sorted(set(submitted.informants.values())))}
    for item in questionnaire.core_items:
        given = submitted.given.get(item.code)
        state = _state(item, given, submitted)
        value = given if given is not None and state != ROUTED_OUT else Given()
        person = people.get(submitted.informants.get(item.code, ""))
        yield unit, item.code, state, value.number, value.options, value.basis, person


def _state(item: Item, given: Given | None, submitted: Submitted) -> str:
    """An answer that was given before a gate closed is not counted: skipped is not "no"."""
    if gate_is_open(item, submitted.given) is False:
        return ROUTED_OUT
    if given is not None:
        meanings = {item.option(code).meaning for code in given.options}
        return next((STATES[meaning] for meaning in sorted(meanings) if meaning in STATES), ANSWERED)
    asked = item.role == ANY_ROLE or item.role in submitted.roles
    return BLANK if asked else NO_RESPONDENT


def _digest(units: pd.DataFrame, rows: list[tuple[object, ...]]) -> str:
    digest = hashlib.sha256(units.to_csv().encode())
    for row in rows:
        digest.update(repr(row).encode())
    return digest.hexdigest()
