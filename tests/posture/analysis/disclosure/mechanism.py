"""Groups every table of answers that a small cohort can give by its published rows. A reader who knows the rules is
left with the tables of one heap, and they must not all be alike."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

from posture.analysis.answers.wave_data import DONT_KNOW, WaveData
from posture.analysis.estimates.rows import SUPPRESSED, Row
from posture.analysis.release_rows.estimates import estimates
from surveys.instrument.questionnaire_definition import Questionnaire, parse
from tests.posture.analysis.small_waves import Line, choice, special, wave

ONE_ITEM = """
slug = "one"
version = "1"
title = "One item"
unit = "organization"
introduction = "For tests."
source = "Written for tests."
reviewed_on = 2026-01-01
roles = [{ code = "engineer", label = "Engineer", minutes = 1 }]
sections = [{ code = "one", title = "One" }]

[[items]]
code = "Q"
section = "one"
role = "engineer"
kind = "evidence"
type = "single"
wording = "Which?"
options = [OPTIONS{ code = "dont-know", label = "Don't know", meaning = "dont_know" }]
"""

Table = tuple[int, ...]
PublishedShare = tuple[tuple[object, ...], ...]


def tables(total: int, classes: int) -> Iterator[Table]:
    """Yields all ways to divide this number of organisations into classes."""
    for cuts in combinations(range(total + classes - 1), classes - 1):
        ends = (-1, *cuts, total + classes - 1)
        yield tuple(after - before - 1 for before, after in pairwise(ends))


def one_item(options: str) -> Questionnaire:
    options_text = "".join(f'{{ code = "{code}", label = "{code}" }}, ' for code in options)
    return parse(ONE_ITEM.replace("OPTIONS", options_text), name="one-1.toml")


def answers_to_one_item(table: Table, options: str) -> WaveData:
    """Builds a wave of one item; the last class does not know."""
    codes = [code for code, count in zip((*options, ""), table, strict=True) for _ in range(count)]
    lines = [
        choice(unit, "Q", code) if code else special(unit, "Q", DONT_KNOW) for unit, code in enumerate(codes)
    ]
    return wave(len(codes), lines)


def answers_to_a_pair(table: Table, *, evidence_informant: int = 1) -> WaveData:
    """Builds a wave of a pair. Classes: both yes, only believed, only on record, neither, believed without knowledge
    of the record."""
    answers_of_class = [("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no"), ("yes", "")]
    answers = [answer for answer, count in zip(answers_of_class, table, strict=True) for _ in range(count)]
    lines: list[Line] = []
    for unit, (belief, evidence) in enumerate(answers):
        lines.append(choice(unit, "I-C", belief, informant=0))
        lines.append(
            choice(unit, "I-R", evidence, informant=evidence_informant)
            if evidence
            else special(unit, "I-R", DONT_KNOW, informant=evidence_informant)
        )
    return wave(len(answers), lines)


def tables_by_published_rows(
    waves: Iterable[tuple[Table, WaveData]], questionnaire: Questionnaire, *, k: int
) -> dict[PublishedShare, list[Table]]:
    """Maps published rows to the tables that give exactly these; tables without published rows are left out."""
    tables_by_rows: dict[PublishedShare, list[Table]] = defaultdict(list)
    for table, data in waves:
        rows = estimates(data, questionnaire, (), k=k)
        if any(row.status != SUPPRESSED for row in rows):
            tables_by_rows[tuple(map(_seen, rows))].append(table)
    return tables_by_rows


def _seen(row: Row) -> tuple[object, ...]:
    return (row.subject, row.statistic, row.option, row.base, row.value, row.bound, row.se, row.ci_low,
            row.ci_high, row.p_value, row.method)  # fmt: skip
