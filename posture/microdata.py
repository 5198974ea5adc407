"""The only door to raw answers: submitted responses of a wave in, one tidy frame out. Nothing else in this package
reads them. No name, address or free text passes through."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from posture.analysis.wave_data import (
    ANSWERED,
    BLANK,
    DECLINED,
    DONT_KNOW,
    NO_EVIDENCE,
    NO_RESPONDENT,
    NOT_APPLICABLE,
    ROUTED_OUT,
    STATES,
    Column,
    WaveData,
    segment_codes,
)
from surveys.cohorts import DIMENSIONS
from surveys.instrument import ANY_ROLE, Item, Questionnaire
from surveys.models import Answer, Organization, Response, Wave
from surveys.queries import given_answers
from surveys.routing import Given, gate_is_open

MEANINGS = {
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
    units, segments = _units(submitted)
    columns = {
        item.code: _column(item, [submitted[unit] for unit in units.tolist()], questionnaire)
        for item in questionnaire.core_items
    }
    data = WaveData(units, segments, columns)
    return Microdata(data, questionnaire, responses.count(), _digest(data))


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


def _units(submitted: Mapping[int, Submitted]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    codes = [dimension.code for dimension in DIMENSIONS]
    rows = list(Organization.objects.filter(pk__in=submitted).order_by("pk").values_list("pk", *codes))
    segments = {
        dimension.code: segment_codes(dimension, [row[place] for row in rows])
        for place, dimension in enumerate(DIMENSIONS, start=1)
    }
    return np.array([row[0] for row in rows], dtype=np.int64), segments


def _column(item: Item, units: list[Submitted], questionnaire: Questionnaire) -> Column:
    options = tuple(option.code for option in item.options)
    bases = tuple(basis.code for basis in questionnaire.evidence_bases)
    number = np.float64 if item.is_numeric else None
    column = Column.empty(len(units), options=options, bases=bases, number=number)
    for place, submitted in enumerate(units):
        given = submitted.given.get(item.code)
        state = _state(item, given, submitted)
        column.state[place] = STATES.index(state)
        people = sorted(set(submitted.informants.values()))
        if given is None:
            continue
        column.informant[place] = people.index(submitted.informants[item.code])
        if state == ROUTED_OUT:
            continue
        if given.number is not None:
            column.number[place] = given.number
        for code in given.options:
            column.chosen[options.index(code) // 8, place] |= 1 << options.index(code) % 8
        column.basis[place] = 1 + bases.index(given.basis) if given.basis else 0
    return column


def _state(item: Item, given: Given | None, submitted: Submitted) -> str:
    """An answer that was given before a gate closed is not counted: skipped is not "no"."""
    if gate_is_open(item, submitted.given) is False:
        return ROUTED_OUT
    if given is not None:
        meanings = {item.option(code).meaning for code in given.options}
        return next((MEANINGS[meaning] for meaning in sorted(meanings) if meaning in MEANINGS), ANSWERED)
    asked = item.role == ANY_ROLE or item.role in submitted.roles
    return BLANK if asked else NO_RESPONDENT


def _digest(data: WaveData) -> str:
    """Over the names and the little-endian bytes of every array, so that it depends on no database or machine."""
    digest = hashlib.sha256()
    arrays = {"units": data.units} | dict(data.segments)
    for code, column in data.columns.items():
        digest.update(repr((code, column.options, column.bases)).encode())
        arrays |= {f"{code} {name}": array for name, array in column.arrays().items()}
    for name, array in arrays.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).data)
    return digest.hexdigest()
