"""Reads raw answers: converts the submitted responses of a wave to one column for each item.

Nothing else in `posture` may import `surveys.models`. No name, address or free text passes through. Releases,
explorer and reports import it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from posture.analysis.answers.wave_data import WaveData
from posture.microdata.answer_rows import definition_keys
from posture.microdata.columns import answered_columns
from posture.microdata.facts import WaveFacts, wave_facts, wave_id_of
from posture.microdata.raw_rows import read_transaction
from posture.microdata.respondents import read_respondents, submitted_responses
from posture.microdata.returns import Counts, Returns, complete_responses, returns_of
from posture.microdata.states import settle_states, used_items
from surveys.instrument.questionnaire_definition import Questionnaire
from surveys.models import Wave

__all__ = [
    "Counts",
    "Microdata",
    "Returns",
    "WaveFacts",
    "microdata_of",
    "microdata_of_organizations",
    "returns_of",
    "wave_facts",
    "wave_id_of",
]


@dataclass(frozen=True)
class Microdata:
    """The answers of a wave. complete: by role how many of the responses answer more than 80 % of the asked
    questions."""

    data: WaveData
    questionnaire: Questionnaire
    responses: int
    complete: Mapping[str, int]

    @cached_property
    def digest(self) -> str:
        """A digest that changes with any answer, basis, informant or cohort membership. It covers the names and the
        little-endian bytes of every array, so it does not depend on the database or the machine."""
        digest = hashlib.sha256()
        for name, array in self._arrays().items():
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).data)
        return digest.hexdigest()

    def _arrays(self) -> dict[str, np.ndarray]:
        arrays = {"units": self.data.units} | dict(self.data.segments)
        for code, column in self.data.columns.items():
            label = repr((code, column.options, column.bases))
            arrays |= {f"{label} {name}": array for name, array in column.arrays().items()}
        return arrays


def microdata_of(wave_id: int) -> Microdata:
    """Reads the answers of the whole wave."""
    return _microdata(wave_id, organizations=None)


def microdata_of_organizations(wave_id: int, organizations: Sequence[int]) -> Microdata:
    return _microdata(wave_id, organizations=organizations)


def _microdata(wave_id: int, *, organizations: Sequence[int] | None) -> Microdata:
    row = Wave.objects.select_related("questionnaire").get(pk=wave_id).questionnaire
    questionnaire = row.definition
    responses = submitted_responses(wave_id, organizations=organizations)
    with read_transaction():
        people = read_respondents(responses, questionnaire)
        keys = definition_keys(row.pk, used_items(questionnaire))
        columns = answered_columns(responses, people, keys, questionnaire)
    settle_states(columns, questionnaire, people)
    core = {item.code: columns[item.code] for item in questionnaire.core_items}
    data = WaveData(people.units, people.segments, core)
    complete = complete_responses(data, questionnaire, people)
    return Microdata(data, questionnaire, len(people.responses), complete)
