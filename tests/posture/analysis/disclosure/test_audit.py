"""Tests the audit of a release: it names each leak that is planted in an otherwise safe set of rows."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from posture.analysis.answers.wave_data import WaveData
from posture.analysis.disclosure.audit import Objection, audit
from posture.analysis.disclosure.linear_constraints.counts import Derivation
from posture.analysis.estimates.rows import PUBLISHED, SUPPRESSED, Row
from posture.analysis.release_rows.estimates import estimates
from posture.releases.computation import MAX_AUDIT_ROUNDS
from tests.posture.analysis.small_waves import number, small, wave

K = 5
QUESTIONNAIRE = small()


def data() -> WaveData:
    """30 organisations in four sectors, three of them in a sector that must be withheld."""
    sectors = ["healthcare"] * 10 + ["technology"] * 9 + ["retail"] * 8 + ["energy"] * 3
    lines = [
        line
        for unit in range(30)
        for line in (
            number(unit, "A-C", 60 + unit, informant=0),
            number(unit, "A-R", 2 * unit, informant=1),
        )
    ]
    return wave(30, lines, sector=sectors)


def audited(answers: WaveData, k: int) -> tuple[list[Row], list[Objection]]:
    """Computes rows as a release does: the rules get the findings of the audit, until it finds nothing."""
    derivations: tuple[Derivation, ...] = ()
    for _ in range(MAX_AUDIT_ROUNDS):
        rows = estimates(answers, QUESTIONNAIRE, (), k=k, derivations=derivations)
        findings = audit(rows, answers, QUESTIONNAIRE, (), k=k)
        derivations += tuple(finding.derivation for finding in findings if finding.derivation is not None)
        if not findings:
            break
    return rows, findings


def objections(change: Callable[[Row], Row]) -> list[str]:
    answers = data()
    rows = [change(row) for row in audited(answers, K)[0]]
    return [str(objection) for objection in audit(rows, answers, QUESTIONNAIRE, (), k=K)]


def planted(cohort: str) -> Callable[[Row], Row]:
    def change(row: Row) -> Row:
        is_planted = row.subject == "A-P" and row.statistic == "gap" and row.cohort == cohort
        return replace(row, status=PUBLISHED) if is_planted else row

    return change


def test_what_the_rules_leave_is_safe() -> None:
    assert objections(lambda row: row) == []


def test_a_small_cell_that_is_published_is_named() -> None:
    messages = objections(planted("sector:energy"))
    assert any(text.startswith("3 organisations follow from pair A-P sector:energy") for text in messages)


def test_a_complement_that_is_published_is_named() -> None:
    """Retail is withheld because of energy. If it were published, the total minus the rest would give the three of
    energy."""
    withheld = {
        row.cohort
        for row in audited(data(), K)[0]
        if row.subject == "A-P" and row.statistic == "gap" and row.status == SUPPRESSED
    }
    assert withheld >= {"sector:energy", "sector:retail"}
    messages = objections(planted("sector:retail"))
    assert "3 organisations follow from pair A-P all and its cohorts of sector (A-C substantive)" in messages


@pytest.mark.parametrize("k", [5, 6, 7, 8, 9, 10, 12])
def test_every_threshold_leaves_nothing(k: int) -> None:
    assert audited(data(), k)[1] == []
