"""Tests which gap a framework page names first."""

from dataclasses import replace

from posture.definitions.frameworks import Clause
from posture.releases.queries import EstimateTable
from posture.reports.framework_pages import ClauseView, FrameworkPage, FrameworkSummary, anchor_of
from posture.reports.framework_results import PairRow, Source
from posture.stored_definitions.framework_files import framework_files
from tests.posture.reports.test_framework_results import NEWEST

CODE = "nist-csf-2.0"
PAIRS = [pair for pair in NEWEST.core_pairs if pair.direction != "none"][:3]
WITHOUT_DIRECTION = next(pair for pair in NEWEST.core_pairs if pair.direction == "none")


def page(*rows: PairRow, clear: frozenset[str]) -> FrameworkPage:
    view = ClauseView(Clause(code="GV.OC-03"), None, rows, ())
    source = Source(NEWEST, None, EstimateTable({}), clear)
    summary = FrameworkSummary(CODE, framework_files()[CODE], 1, 1, 1)
    return FrameworkPage(summary, (view,), (), (source,), "", None)


def test_the_widest_clear_gap_is_named() -> None:
    narrow, wide, unclear = (
        PairRow(pair, (), (), "", gap) for pair, gap in zip(PAIRS, (10.0, 20.0, 30.0), strict=True)
    )
    clear = frozenset({narrow.pair.code, wide.pair.code})
    assert page(narrow, wide, unclear, clear=clear).widest == wide
    assert page(narrow, wide, unclear, clear=frozenset()).widest is None


def test_withheld_gaps_and_pairs_without_a_better_direction_are_not_named() -> None:
    withheld = PairRow(PAIRS[0], (), (), "", None)
    neutral = replace(withheld, pair=WITHOUT_DIRECTION, gap=40.0)
    clear = frozenset({PAIRS[0].code, WITHOUT_DIRECTION.code})
    assert page(withheld, neutral, clear=clear).widest is None


def test_anchors_of_all_clauses_of_a_file_differ() -> None:
    for file in framework_files().values():
        anchors = [anchor_of(code) for code in file.clause_codes]
        assert len(set(anchors)) == len(anchors)
        assert not any(" " in anchor for anchor in anchors)
