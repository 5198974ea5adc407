"""Negative controls of the attack: it finds numbers that a release withholds or bounds when they are published
exactly."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction

from posture.accounts.tokens import create_token
from posture.models import Release
from surveys.fieldwork import invitations
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.responses import open_response, submit_response
from surveys.instrument.routing import AnswerValue
from tests.disclosure.attack import Attack
from tests.disclosure.exactness import exact_value
from tests.disclosure.explaining import smallest_combination
from tests.disclosure.published import PublicRelease, Row, download, rows_by_csv, rows_by_rest
from tests.disclosure.questions import BASE, SILENCE, SUM, Finding
from tests.disclosure.random_surveys import Survey
from tests.disclosure.random_waves import FIRST, definitions_of, published, wave_of
from tests.disclosure.readings import Reader
from tests.disclosure.report import attack_release
from tests.disclosure.truth import TrueAnswers
from tests.support.builders import NOW, chose, make_organization, make_user, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

DONT_KNOW = {"code": "dont-know", "label": "Don't know", "meaning": "dont_know"}
SECTORS = ("healthcare",) * 14 + ("technology",) * 14 + ("retail",) * 12
Change = Callable[[PublicRelease], PublicRelease]


def item(code: str, type_: str, *options: str, **more: Any) -> dict[str, Any]:
    limits = {"minimum": 0, "maximum": 100} if type_ == "percent" else {}
    option_tables = [{"code": option, "label": option} for option in options]
    return {"code": code, "section": "agents", "role": "engineer", "kind": "evidence", "type": type_,
            "wording": "A question?", "options": [*option_tables, DONT_KNOW], **limits, **more}  # fmt: skip


SURVEY = Survey(
    "planted",
    items=[
        item("CHOICE", "single", "a", "b", "c", "d"),
        item("R1", "percent"),
        item("R2", "percent"),
        item("AFTER", "yes_no", "yes", "no", ask_if={"item": "CHOICE", "any_of": ["a"]}),
    ],
    domains=[{"code": "agents", "items": [{"item": "R1"}, {"item": "R2"}]}],
)


def answers_of(number: int) -> dict[str, AnswerValue]:
    """40 organisations: 16 chose a, of which 3 left open the item behind it; 2 chose d; 4 only guess R2; 8 of 14 in
    healthcare know R1."""
    answers = {"CHOICE": chose("aaaaaabbbbccccdaaaaabbbbccccdaaaaabbbccc"[number], basis="exported")}
    answers["R2"] = percent(20 + number, "guess" if number in (15, 18, 21, 24) else "exported")
    answers["R1"] = chose("dont-know") if 8 <= number < 14 else percent(90 - number, "exported")
    if answers["CHOICE"].options == ("a",) and number not in (0, 2, 4):
        answers["AFTER"] = chose("yes" if number % 2 else "no", basis="exported")
    return answers


@pytest.fixture(scope="module")
def release(django_db_setup: None, django_db_blocker: Any) -> Iterator[Release]:
    with django_db_blocker.unblock(), transaction.atomic(), definitions_of(SURVEY):
        wave = wave_of(SURVEY, "planted", opens_at=FIRST)
        for number, sector in enumerate(SECTORS):
            organization = make_organization(f"planted-{number}", sector=sector)
            _respond(wave, organization, answers_of(number))
        published_release = published(wave, make_user("planter", is_staff=True))
        assert isinstance(published_release, Release), published_release
        yield published_release
        transaction.set_rollback(True)


def _respond(wave: Any, organization: Any, answers: dict[str, AnswerValue]) -> None:
    at = wave.opens_at
    invitation, _ = invitations.invite(organization, wave=wave, role="engineer", address="", at=at)
    response = open_response(invitation, at=at)
    recorded = record_answers(response, answers, at=at)
    assert not recorded.refused
    submit_response(response, at=at)


def plant(release: Release, is_planted: Callable[[Row], bool]) -> Change:
    """Publishes the rows with their true base and value."""

    def change(public: PublicRelease) -> PublicRelease:
        answers = TrueAnswers(release.wave_id, public.definitions)
        attack, reader = Attack(public, answers), Reader(public.definitions)
        rows = []
        for row in public.rows:
            meaning = reader.meaning(row) if is_planted(row) else None
            if meaning is not None:
                base = attack.true_value(meaning.as_named.base, row.cohort)
                value = attack.true_value(meaning.as_named.terms, row.cohort) / base
                row = replace(row, is_withheld=False, bound="", base=base, value=value, se=0.1)
            rows.append(row)
        assert any(is_planted(row) for row in rows)
        return replace(public, rows=tuple(rows))

    return change


def findings(release: Release, is_planted: Callable[[Row], bool] | None = None) -> list[Finding]:
    report = attack_release(release.slug, alteration=plant(release, is_planted) if is_planted else None)
    assert report.wrong == []
    return report.findings


def test_the_attack_reads_what_pack_rest_and_csv_publish(release: Release) -> None:
    _, token = create_token(release.requested_by, name="attack", expires_at=NOW + timedelta(days=1), at=NOW)
    rows = list(download(release.slug).rows)
    assert len(rows) > 50
    assert list(rows_by_rest(release.slug, token)) == rows
    assert list(rows_by_csv(release.slug, token)) == rows


def test_a_small_base_is_found(release: Release) -> None:
    leaks = findings(
        release, lambda row: row.subject == "R1" and row.statistic == "mean" and "health" in row.cohort
    )
    assert [(finding.cohort, finding.size) for finding in leaks if finding.kind == BASE] == [
        ("sector:healthcare", 8)
    ]
    assert not [finding for finding in findings(release) if finding.kind == BASE]


def test_a_complement_is_found(release: Release) -> None:
    """Total and the other two sectors leave the 8 of healthcare."""
    leaks = findings(
        release, lambda row: row.subject == "R1" and row.statistic == "mean" and "health" not in row.cohort
    )
    small = {(finding.kind, finding.cohort, finding.size) for finding in leaks}
    assert (SUM, "sector:healthcare", 8) in small


def test_an_option_that_the_others_determine_is_found(release: Release) -> None:
    leaks = findings(
        release,
        lambda row: (
            row.subject == "CHOICE" and row.option in ("a", "b", "c", "dont-know") and row.cohort == "all"
        ),
    )
    assert [finding.value for finding in leaks if finding.what.endswith("item CHOICE share d all")] == [2]
    assert not [finding for finding in findings(release) if finding.what.endswith("item CHOICE share d all")]


def test_a_derived_value_is_confirmed_in_fractions(release: Release) -> None:
    report = attack_release(
        release.slug,
        alteration=plant(
            release,
            lambda row: row.subject == "R1" and row.statistic == "mean" and "health" not in row.cohort,
        ),
    )
    finding = next(
        candidate
        for candidate in report.findings
        if candidate.kind == SUM and candidate.cohort == "sector:healthcare"
    )
    rows = smallest_combination(dict(finding.functional), report.knowledge)
    equations = report.knowledge.system.equations
    terms, rights = [equations.terms[row] for row in rows], [equations.rights[row] for row in rows]
    assert exact_value(dict(finding.functional), terms, rights) == Fraction(finding.value)
    assert exact_value(dict(finding.functional), terms[1:], rights[1:]) is None


def test_a_score_beside_its_items_is_found(release: Release) -> None:
    """In technology 4 have no score, because they guess R2; 2 x the sum of scores leaves their answers."""
    leaks = findings(
        release,
        lambda row: row.statistic == "mean" and row.cohort == "sector:technology" and row.kind != "indicator",
    )
    groups = [finding for finding in leaks if finding.kind == SUM and "all_answers" in finding.what]
    expected = sum(90 - number + 20 + number for number in (15, 18, 21, 24))
    assert ("sector:technology", 4, expected) in [
        (finding.cohort, finding.size, finding.value) for finding in groups
    ]


def test_a_number_of_items_left_open_is_found(release: Release) -> None:
    """The base of an item behind a gate, beside the number of organisations that opened the gate."""
    leaks = findings(
        release,
        lambda row: row.cohort == "all" and (row.subject, row.option) in (("AFTER", "yes"), ("CHOICE", "a")),
    )
    assert ("all", 3) in [(finding.cohort, finding.size) for finding in leaks if finding.kind == SILENCE]


def test_a_number_that_contradicts_the_answers_is_found(release: Release) -> None:
    """The conclusions of the attack are compared with the answers."""

    def one_more(public: PublicRelease) -> PublicRelease:
        is_changed = [
            row.subject == "R2" and row.statistic == "mean" and row.cohort == "all" for row in public.rows
        ]
        rows = [
            replace(row, base=(row.base or 0) + 1) if changed else row
            for row, changed in zip(public.rows, is_changed, strict=True)
        ]
        return replace(public, rows=tuple(rows))

    assert attack_release(release.slug).wrong == []
    report = attack_release(release.slug, alteration=one_more)
    assert "R2 mean all" in " ".join(report.not_as_named)
