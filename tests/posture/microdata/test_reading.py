"""Tests the reading of raw answers in columns, against a slow and plain program that follows
surveys.instrument.routing. The answers are generated: several respondents, answers to the same item, revoked
invitations, closed gates."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.analysis.answers.wave_data import Entry
from posture.microdata import microdata_of, microdata_of_organizations
from surveys import models
from surveys.encryption.sealing import digest_of_address
from surveys.encryption.tokens import hash_of
from surveys.fieldwork.questionnaire_loader import load_questionnaire
from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.questionnaire_definition import Item, Questionnaire
from surveys.instrument.routing import AnswerValue, gate_is_open
from tests.support.builders import NOW, SMALL, make_organization, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LETTERS = ", ".join(f'{{ code = "option-{n}", label = "{n}" }}' for n in range(17))
TEXT = f"""{SMALL}
[[items]]
code = "MANY"
section = "agents"
role = "any"
kind = "evidence"
type = "multiple"
wording = "Which?"
options = [{LETTERS}, {{ code = "refused", label = "Refused", meaning = "declined" }},
    {{ code = "dont-know", label = "Don't know", meaning = "dont_know" }},
    {{ code = "not-here", label = "Not here", meaning = "not_applicable" }}]

[[items]]
code = "BEHIND"
section = "agents"
role = "engineer"
kind = "context"
type = "percent"
wording = "How many of these?"
minimum = 0
maximum = 100
ask_if = {{ item = "MANY", any_of = ["option-3", "dont-know"] }}
options = [{{ code = "dont-know", label = "Don't know", meaning = "dont_know" }}]

[[items]]
code = "WORDS"
section = "agents"
role = "executive"
kind = "context"
type = "text"
wording = "Why?"
"""
MEANINGS = {
    "declined": "declined",
    "dont_know": "dont_know",
    "no_evidence": "no_evidence",
    "not_applicable": "not_applicable",
}


@dataclass(frozen=True)
class TimedAnswer:
    answer: AnswerValue
    minute: int


@dataclass(frozen=True)
class Respondent:
    role: str
    address: str
    is_submitted: bool
    is_revoked: bool
    answers: dict[str, TimedAnswer]


def questionnaire_row() -> models.Questionnaire:
    load_questionnaire(TEXT, name="small-1.toml", at=NOW)
    return models.Questionnaire.objects.get(slug="small")


def given_answers(item: Item) -> st.SearchStrategy[AnswerValue]:
    codes = [option.code for option in item.options]
    bases = st.sampled_from(["", "exported", "estimated"])
    if item.type == "text":
        return st.just(AnswerValue(text="something private"))
    if item.type == "multiple":
        several_options = st.sets(st.sampled_from(codes), min_size=1).map(
            lambda found: in_order_of(codes, found)
        )
        return st.builds(AnswerValue, options=several_options, basis=bases)
    one_option = st.builds(AnswerValue, options=st.sampled_from(codes).map(lambda code: (code,)), basis=bases)
    number = st.builds(AnswerValue, number=st.sampled_from([0, 1, 50, 100]), basis=bases)
    return one_option | number if item.is_numeric else one_option


def in_order_of(codes: list[str], selected: set[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in selected)


@st.composite
def respondents(draw: st.DrawFn, items: tuple[Item, ...]) -> list[Respondent]:
    """Draws respondents; at most one of each role counts."""
    drawn = []
    for role in ("executive", "engineer"):
        for is_revoked in draw(st.sampled_from([[], [False], [True, False], [True]])):
            items_answered = draw(st.lists(st.sampled_from(items), unique_by=lambda item: item.code))
            minutes = st.integers(0, 2)
            drawn.append(
                Respondent(
                    role=role,
                    address=draw(st.sampled_from(["", "a@one.example", "A@one.example", "b@one.example"])),
                    is_submitted=draw(st.booleans()) or draw(st.booleans()),
                    is_revoked=is_revoked,
                    answers={
                        item.code: TimedAnswer(draw(given_answers(item)), draw(minutes))
                        for item in items_answered
                    },
                )
            )
    return drawn


def write_response(
    wave: models.Wave, organization: models.Organization, respondent: Respondent
) -> models.Response:
    invitation = models.Invitation.objects.create(
        organization=organization,
        wave=wave,
        role=respondent.role,
        address=respondent.address,
        address_digest=digest_of_address(respondent.address),
        token_hash=hash_of(str(uuid4())),
        created_at=NOW,
        expires_at=NOW,
        revoked_at=NOW if respondent.is_revoked else None,
    )
    submitted = {"submitted_at": NOW, "receipt": "R"} if respondent.is_submitted else {}
    response = models.Response.objects.create(invitation=invitation, started_at=NOW, **submitted)
    for code, timed in respondent.answers.items():
        item = models.Item.objects.get(questionnaire=wave.questionnaire_id, code=code)
        options = [item.options.get(code=option) for option in timed.answer.options]
        answer = models.Answer.objects.create(
            response=response,
            item=item,
            option=options[0] if options and item.type != "multiple" else None,
            number=timed.answer.number,
            text=timed.answer.text,
            basis=timed.answer.basis,
            saved_at=NOW + timedelta(minutes=timed.minute),
        )
        if item.type == "multiple":
            for option in reversed(options):
                models.Selection.objects.create(answer=answer, option=option, text="a private word")
    return response


def expected_entries(
    responses: list[tuple[int, Respondent]], questionnaire: Questionnaire
) -> dict[str, Entry]:
    """Returns the organisation's answer to each core item, one after the other."""
    counted_responses = [pair for pair in responses if pair[1].is_submitted and not pair[1].is_revoked]
    in_time: list[tuple[int, int, str, AnswerValue, str]] = []
    for number, (response, respondent) in enumerate(counted_responses):
        person = respondent.address.lower() or f"response {response}"
        for code, timed in respondent.answers.items():
            in_time.append((timed.minute, number, code, timed.answer, person))
    answers: dict[str, AnswerValue] = {}
    people: dict[str, str] = {}
    for _, _, code, answer, person in sorted(in_time, key=lambda one: one[:2]):
        if code not in answers:
            answers[code] = AnswerValue(options=answer.options, number=answer.number, basis=answer.basis)
            people[code] = person
    roles = {respondent.role for _, respondent in counted_responses}
    everybody = list(
        dict.fromkeys(one.address.lower() or f"response {response}" for response, one in counted_responses)
    )
    return {
        item.code: entry(
            item, answers, roles, everybody.index(people[item.code]) if item.code in answers else -1
        )
        for item in questionnaire.core_items
    }


def entry(item: Item, answers: dict[str, AnswerValue], roles: set[str], informant: int) -> Entry:
    not_a_number = float("nan")
    if gate_is_open(item, answers) is False:
        return Entry("routed_out", not_a_number, (), "", informant)
    if item.code not in answers:
        return Entry("blank" if item.role in ("any", *roles) else "no_respondent", not_a_number, (), "", -1)
    answer = answers[item.code]
    meanings = sorted(item.option(code).meaning for code in answer.options)
    state = next((MEANINGS[meaning] for meaning in meanings if meaning in MEANINGS), "answered")
    number = not_a_number if answer.number is None else float(answer.number)
    return Entry(state, number, answer.options, answer.basis, informant)


def is_equal_entry(first: Entry, second: Entry) -> bool:
    return repr(first) == repr(second)


@pytest.mark.long
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_columns_equal_a_plain_implementation(data: Any) -> None:
    with transaction.atomic():
        wave = make_wave(questionnaire_row())
        questionnaire = wave.questionnaire.definition
        other_wave = make_wave(wave.questionnaire, slug="other")
        organizations_respondents = data.draw(
            st.lists(respondents(questionnaire.items), min_size=1, max_size=3)
        )
        expected = {}
        for number, organization_respondents in enumerate(organizations_respondents):
            sector = data.draw(st.sampled_from(["", "healthcare", "retail"]))
            organization = make_organization(f"organization-{number}", sector=sector)
            for respondent in data.draw(respondents(questionnaire.items)):
                write_response(other_wave, organization, respondent)
            written = [(write_response(wave, organization, one).pk, one) for one in organization_respondents]
            if any(one.is_submitted and not one.is_revoked for one in organization_respondents):
                expected[organization.pk] = (sector, expected_entries(written, questionnaire))

        microdata = microdata_of(wave.pk)

        assert microdata.data.units.tolist() == sorted(expected)
        for position, unit in enumerate(microdata.data.units.tolist()):
            sector, entries = expected[unit]
            assert ("", *DIMENSIONS[0].codes)[microdata.data.segments["sector"][position]] == sector
            for code, column in microdata.data.columns.items():
                assert is_equal_entry(column.entry(position), entries[code]), (unit, code, entries[code])
            single = microdata_of_organizations(wave.pk, [unit]).data
            assert all(
                is_equal_entry(single.item(code).entry(0), expected_entry)
                for code, expected_entry in entries.items()
            )
        transaction.set_rollback(True)
