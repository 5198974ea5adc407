"""Tests the first actions on the report of an organisation: their order, their texts and their sources."""

import pytest
from django.core.management import call_command
from django.test import Client

from posture.reports.organization import organization_report
from posture.reports.organization_actions import OrganizationAction, organization_actions
from surveys.fieldwork.queries import participation_of
from surveys.fieldwork.questionnaire_loader import newest_questionnaire
from surveys.instrument.routing import AnswerValue
from surveys.models import Organization, Wave
from tests.support.builders import NOW, chose, make_organization, make_response, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

BELIEFS = {
    "INV-C1": percent(95),
    "INV-C2": percent(50),
    "IAM-C2": percent(80),
    "POL-C2": percent(60),
    "INC-C1": chose("yes-suspected"),
    "REG-C1": chose("yes"),
    "ECO-C1": percent(90),
}
EVIDENCE = {
    "PRO-04": percent(9),
    "INV-R1": percent(65, "exported"),
    "INV-R2": percent(45, "exported"),
    "IAM-R2": chose("no-access-review-of-ai-agents-in-the-last-12-months"),
    "POL-R2": percent(40, "estimated"),
    "INC-R1": chose("no", basis="exported"),
    "REG-R1": chose("dont-know"),
}


@pytest.fixture
def acme() -> Organization:
    return make_organization()


@pytest.fixture
def wave(acme: Organization) -> Wave:
    call_command("load_definitions", verbosity=0)
    wave = make_wave(newest_questionnaire("ai-agent-security"))
    answered(wave, acme, "security_lead", EVIDENCE)
    answered(wave, acme, "executive", BELIEFS)
    answered(wave, acme, "engineer", {"ECO-R1": percent(30, "exported")})
    return wave


def answered(wave: Wave, organization: Organization, role: str, given: dict[str, AnswerValue]) -> None:
    make_response(wave, organization, role, given, submit=True)


def actions(organization: Organization, wave: Wave) -> list[OrganizationAction]:
    participation = participation_of(organization, wave.slug, at=NOW)
    assert participation is not None
    report = organization_report(participation, at=NOW)
    assert report is not None
    return organization_actions(report)


def test_the_entries_are_ranked_and_carry_the_reviewed_texts(acme: Organization, wave: Wave) -> None:
    found = actions(acme, wave)
    assert [(one.rank.pair, one.rank.type, one.rank.score) for one in found] == [
        ("INC-P1", "disagreement", 0.6),  # 5/5 x 0.6
        ("INV-P1", "over", 0.6),  # 5/5 x 30/50; the code of the pair decides the tie
        ("IAM-P2", "no_evidence", 0.25),  # 5/5 x 0.5 x 0.5
        ("POL-P2", "estimated", 0.24),  # 3/5 x 0.5 x 0.8
        ("REG-P1", "dont_know", 0.15),  # 3/5 x 0.5 x 0.5
    ]
    by_pair = {one.rank.pair: one for one in found}
    assert by_pair["IAM-P2"].step.startswith("Review the twenty agents with the widest access")
    assert "CSF 2.0: ID.AM-02" in by_pair["INV-P1"].clauses
    assert {figure.code for figure in by_pair["INV-P1"].figures} == {"CSAT-UNK-82", "AKT-INV-79"}
    assert by_pair["INV-P1"].documents[0].year == 2023


def test_the_page_shows_the_next_steps(acme: Organization, wave: Wave) -> None:
    client = Client()
    client.force_login(make_user("viewer", organization=acme))
    page = client.get(f"/organizations/{acme.slug}/waves/{wave.slug}/").content.decode()
    assert "What to do first" in page
    assert "The executive suspects an incident that the records do not hold: check the records." in page
    assert "Check the records" in page
    assert "Usual owner: Head of incident response" in page


def test_a_questionnaire_without_actions_has_none(acme: Organization) -> None:
    small = make_wave()
    answered(small, acme, "engineer", {"COUNT": percent(9), "A-R": percent(20)})
    answered(small, acme, "executive", {"A-C": percent(90)})
    assert actions(acme, small) == []
    client = Client()
    client.force_login(make_user("viewer", organization=acme))
    page = client.get(f"/organizations/{acme.slug}/waves/{small.slug}/").content.decode()
    assert "What to examine first" in page
    assert "Belief is ahead of the evidence." in page
