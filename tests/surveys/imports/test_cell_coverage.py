"""Tests that each cell of a file is stored or reported. Files with faults are generated, and each of their cells is
searched."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveys.imports.batch import NOT_ASKED
from surveys.imports.row_outcomes import ImportReport, RowOutcomeKind
from surveys.instrument.definition_file import InvalidDefinition
from surveys.models import Questionnaire, Response
from tests.support.answers import given_by_item
from tests.surveys.imports.files import (
    COLUMNS,
    HEADER,
    ONE_ROLE,
    WAVE,
    as_csv,
    import_rows,
    load,
    mapping,
    read,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]

BLANK, NO_BREAK = "", "\u00a0"
LABELS = {"here": "Here", "there": "There, far away", "other": "Other (please specify)"}
TOOLS = {"saw": "Saw", "axe": "Axe, large", "none": "None of them"}
FAULTS = st.sampled_from(
    [
        *(
            "Heer",
            "here",
            "Here;There, far away",
            "Saw;Axe, large",
            "12.5",
            "1e3",
            "0x10",
            "-3",
            "101",
            "-99",
        ),
        *(
            "?",
            "n/a",
            "No answer",
            "Saw,,",
            " ",
            NO_BREAK,
            "Here\nHere",
            "#N/A",
            "3",
            "yes",
            "1,000",
            "Anywhere",
        ),
    ]
)
CELLS = {
    "place": st.sampled_from([BLANK, *LABELS.values(), "  Here ", f"There,{NO_BREAK}far away"]),
    "place, other": st.sampled_from([BLANK, BLANK, "In between"]),
    "tools": st.sampled_from(
        [BLANK, *TOOLS.values(), "Saw,Axe, large", "Axe, large,Saw", "Saw, None of them"]
    ),
    "share": st.sampled_from([BLANK, "0", "82 %", "100", "7.0", "Don't know"]),
    "words": st.sampled_from([BLANK, "n/a", "Two\nlines", " - "]),
    "had": st.sampled_from([BLANK, "1", "2", "Yes", "No", "-99"]),
    "many": st.sampled_from([BLANK, "0", "12", "1,250"]),
    "surplus": st.sampled_from([BLANK, "found only here"]),
}


@st.composite
def files(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Generates a header with an unmapped column and perhaps a repeated column name, and rows with some faults."""
    columns = draw(st.permutations([*HEADER[1:], "surplus"]))
    header = ["id", *columns, *draw(st.sampled_from([[], ["had"], [""]]))]
    rows = []
    for number in range(draw(st.integers(1, 5))):
        cells = [draw(FAULTS if draw(st.integers(0, 14)) == 0 else CELLS[name]) for name in columns]
        more = [draw(st.sampled_from([BLANK, "beyond"])) for _ in header[len(columns) + 1 :]]
        name = draw(st.sampled_from([f"R{number}"] * 12 + ["R0", BLANK, "1.2E+10", f"{number}.0"]))
        row = [name, *cells, *more]
        row += draw(st.sampled_from([[]] * 8 + [[BLANK], ["too far"]]))
        rows.append(row[:-1] if draw(st.integers(0, 20)) == 0 else row)
    return header, rows


@pytest.fixture
def questionnaire(db: None) -> Questionnaire:
    return load()


def folded(text: str) -> str:
    return " ".join(text.split())


def is_stored(name: str, cell: str, response: Response) -> bool:
    """Returns whether the stored answer to the item of this column equals the cell. An independent oracle: it
    converts the stored row back to text."""
    folded_cell = folded(cell)
    answers = given_by_item(response.answers.all())
    codes = {"place, other": "PLACE"}
    answer = answers.get(codes.get(name, name.upper()))
    if answer is None:
        return folded_cell in {"had": ("-99",), "words": ("n/a",)}.get(name, ())
    if name == "place":
        return folded_cell in (LABELS[code] for code in answer.options)
    if name == "place, other":
        return folded_cell in (folded(text) for _, text in answer.texts)
    if name == "tools":
        remaining = folded_cell
        for code in answer.options:
            remaining = remaining.replace(TOOLS[code], "")
        return not remaining.strip(" ,")
    if name in ("share", "many"):
        digits = folded_cell.removesuffix("%").strip().removesuffix(".0").replace(",", "")
        return digits == str(answer.number) or (
            folded_cell == "Don't know" and answer.options == ("unknown",)
        )
    if name == "words":
        return folded(answer.text) == folded_cell
    return {"1": "yes", "2": "no"}.get(folded_cell, folded_cell.lower()) in answer.options


def check_each_cell(header: list[str], rows: list[tuple[int, list[str]]], report: ImportReport) -> None:
    rejected = {remark.line for remark in report.remarks if remark.reason != NOT_ASKED}
    named_cells = {(remark.line, remark.column) for remark in report.remarks}
    notes = "\n".join(report.notes)
    responses = {response.source_row: response for response in Response.objects.all()}
    for line, cells in rows:
        if line in rejected:
            continue
        response = responses[cells[0].strip().removesuffix(".0")]
        for position, (name, cell) in enumerate(zip(header, cells, strict=False)):
            if not cell.strip() or name == "id":
                continue
            if name in header[:position] or not name:
                assert f"{name} [2]" in notes or "no name" in notes
            elif name == "surplus":
                assert "'surplus'" in notes
            else:
                is_named = (line, name.upper()) in named_cells
                assert is_named or is_stored(name, cell, response), f"line {line}, {name}: {cell!r} is lost"
        assert not any(cell.strip() for cell in cells[len(header) :]), "cells beyond the header are named"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files())
def test_each_cell_is_stored_or_named(
    file: tuple[list[str], list[list[str]]], questionnaire: Questionnaire
) -> None:
    header, rows = file
    numbered, _ = read(as_csv([header, *rows]).encode())
    with transaction.atomic():
        report = import_rows(numbered, mapping(), questionnaire)
        assert report.read == len(numbered) - 1
        check_each_cell(header, numbered[1:], report)
        transaction.set_rollback(True)


def test_the_check_finds_a_cell_that_is_lost(questionnaire: Questionnaire) -> None:
    """The negative control: an answer that is deleted after the import, and a remark that is missing."""
    numbered, _ = read(
        as_csv([[*HEADER, "surplus"], ["R1", "Here", "", "Saw", "", "", "", "", "more"]]).encode()
    )
    report = import_rows(numbered, mapping(), questionnaire)
    check_each_cell([*HEADER, "surplus"], numbered[1:], report)
    Response.objects.get().answers.filter(item__code="TOOLS").delete()
    with pytest.raises(AssertionError, match="is lost"):
        check_each_cell([*HEADER, "surplus"], numbered[1:], report)
    report.notes.clear()
    with pytest.raises(AssertionError):
        check_each_cell([*HEADER, "surplus"], numbered[1:], report)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("place", "Heer", "found 'Heer'; the nearest is 'Here'"),
        ("place", "there, far away", "the nearest is 'There, far away'"),
        ("place", "Here;Other (please specify)", "found 2 of them in one cell"),
        ("tools", "Saw,Axe larg", "the nearest is 'Axe, large'"),
        ("tools", "Saw;Axe, large", "expected one of its options"),
        ("tools", "None of them,Saw", "either “None of them” or other options"),
        ("share", "12.5", "expected a whole number, found '12.5'"),
        ("share", "101", "a whole number from 0 to 100"),
        ("had", "3", "expected one of its options"),
    ],
)
def test_a_wrong_cell_is_named_with_what_was_expected(
    column: str, cell: str, message: str, questionnaire: Questionnaire
) -> None:
    row = ["R1", *(cell if name == column else "" for name in HEADER[1:])]
    report = import_rows([(1, HEADER), (7, row)], mapping(), questionnaire)
    assert report.counts[RowOutcomeKind.REJECTED] == 1
    (remark,) = report.remarks
    assert (remark.line, remark.column) == (7, column)
    assert message in remark.reason


def test_all_wrong_cells_of_a_row_are_named(questionnaire: Questionnaire) -> None:
    row = ["R1", "Heer", "", "Hammer", "many", "", "maybe", ""]
    report = import_rows([(1, HEADER), (2, row)], mapping(), questionnaire)
    assert [remark.column for remark in report.remarks] == ["place", "tools", "share", "had"]


def test_an_answer_that_the_routing_does_not_ask_is_named_and_the_row_goes_in(
    questionnaire: Questionnaire,
) -> None:
    row = ["R1", "", "", "", "", "", "2", "12"]
    for outcome in (RowOutcomeKind.INSERTED, RowOutcomeKind.UNCHANGED):
        report = import_rows([(1, HEADER), (2, row)], mapping(), questionnaire)
        assert report.counts[outcome] == 1
        assert [remark.column for remark in report.remarks] == ["MANY"]


@pytest.mark.parametrize("gone", HEADER)
def test_a_mapped_column_that_is_absent_is_an_error(gone: str, questionnaire: Questionnaire) -> None:
    with pytest.raises(InvalidDefinition, match=f"a column {gone}"):
        import_rows([(1, [name for name in HEADER if name != gone])], mapping(), questionnaire)


def test_a_mapped_option_without_a_column_is_an_error_unless_it_is_said(questionnaire: Questionnaire) -> None:
    columns = '[[items]]\nitem = "TOOLS"\ncolumns = { saw = "T1", axe = "T2" }\n'
    with pytest.raises(InvalidDefinition, match="the option none"):
        import_rows([(1, ["id", "T1", "T2"])], mapping(WAVE + ONE_ROLE + columns), questionnaire)
    file_mapping = mapping(WAVE + ONE_ROLE + columns + 'absent = ["none"]\n')
    report = import_rows([(1, ["id", "T1", "T2"]), (2, ["R1", "0", "1"])], file_mapping, questionnaire)
    assert report.counts[RowOutcomeKind.INSERTED] == 1
    assert given_by_item(Response.objects.get().answers.all())["TOOLS"].options == ("axe",)
    with pytest.raises(InvalidDefinition, match="a column T2"):
        import_rows([(1, ["id", "T1", "T3"])], file_mapping, questionnaire)


def test_columns_that_nobody_reads_are_listed(questionnaire: Questionnaire) -> None:
    file_mapping = mapping('unused = ["collector"]\nweight = "w"\n' + WAVE + ONE_ROLE + COLUMNS)
    header = [*HEADER, "collector", "w", "had", "", "new"]
    report = import_rows([(1, header)], file_mapping, questionnaire)
    assert report.notes == [
        "Column 11 is called 'had' like an earlier column.",
        "Column not used, as the mapping says: 'collector'.",
        "Column of weights not used: 'w'. Releases are weighted by population targets.",
        "Column not in the mapping, not taken: 'had [2]'.",
        "Column not in the mapping, not taken: 'column 12 (no name)'.",
        "Column not in the mapping, not taken: 'new'.",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([""] * 8, "it is blank"),
        (["R1"] + [""] * 6, "expected 8 cells, found 7"),
        (["R1"] + [""] * 7 + ["beyond"], "found 9, the first beyond is 'beyond'"),
        (["1.26873E+10"] + [""] * 7, "which a spreadsheet rounded"),
        ([" "] + ["Here"] + [""] * 6, "expected an identifier, found nothing"),
    ],
)
def test_a_row_that_is_not_whole_is_named(row: list[str], message: str, questionnaire: Questionnaire) -> None:
    report = import_rows([(1, HEADER), (5, row)], mapping(), questionnaire)
    assert report.counts[RowOutcomeKind.REJECTED] == 1
    assert [(remark.line, message in remark.reason) for remark in report.remarks] == [(5, True)]


def test_blank_cells_beyond_the_header_and_decimals_of_an_identifier_change_nothing(
    questionnaire: Questionnaire,
) -> None:
    for identifier in ("126873", "126873.0"):
        row = [identifier, *[""] * 7, "", " "]
        report = import_rows([(1, HEADER), (2, row)], mapping(), questionnaire)
        assert not report.remarks
    assert Response.objects.get().source_row == "126873"
    assert report.counts[RowOutcomeKind.UNCHANGED] == 1
