"""Tests layouts of published survey files: header rows, code books, grids, several answers in a cell, roles and
frames."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from surveys.fieldwork.questionnaire_loader import load_questionnaire
from surveys.imports.mapping import Mapping
from surveys.imports.mapping.checks import check_mapping
from surveys.imports.mapping.numbers import identifier, whole_number
from surveys.imports.row_outcomes import ImportReport, RowOutcomeKind
from surveys.imports.table_reader.bounds import TableFormat
from surveys.instrument.definition_file import InvalidDefinition
from surveys.instrument.routing import AnswerValue
from surveys.models import Answer, Organization, Questionnaire, Response
from tests.support.answers import given_by_item
from tests.surveys.imports.files import (
    COLUMNS,
    HEADER,
    ONE_ROLE,
    WAVE,
    as_csv,
    import_rows,
    import_table,
    load,
    mapping,
    read,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]

BY_ROLE = """
[respondent]
role_column = { column = "who", codes = { "1" = "lead", "2" = "engineer" } }
id = "company"

[organization]
id = "company"
name = "company name"
sector = { column = "branch", codes = { "Bank" = "financial-services" } }
size_band = { column = "staff" }
region = { column = "where" }

[[items]]
item = "HAD"
column = "had"

[[items]]
item = "BUILT"
column = "built"

[[items]]
item = "SIZE"
column = "size"
"""
FRAME = ["company", "company name", "branch", "staff", "where", "who", "had", "built", "size"]


@pytest.fixture
def questionnaire(db: None) -> Questionnaire:
    return load()


def answers_of(identifier: str) -> dict[str, AnswerValue]:
    return given_by_item(Response.objects.get(source_row=identifier).answers.all())


def test_three_header_rows_with_the_names_in_the_first(questionnaire: Questionnaire) -> None:
    file_mapping = mapping(WAVE.replace("header_rows = 1", "header_rows = 3") + ONE_ROLE + COLUMNS)
    table = [
        HEADER,
        ["Response", "Where is it?", "Where is it? - Text", "Which?", "%", "Else?", "One?", "How many?"],
        [f'{{"ImportId":"QID{number}"}}' for number, _ in enumerate(HEADER)],
        ["R1", "Here", "", "Saw,Axe, large", "82 %", "Zoë", "1", "1,250"],
    ]
    report = import_table(table, file_mapping, questionnaire)
    assert (report.counts[RowOutcomeKind.INSERTED], report.remarks, report.notes) == (1, [], [])
    answers = answers_of("R1")
    assert answers["PLACE"].options == ("here",)
    assert answers["TOOLS"].options == ("saw", "axe")
    assert (answers["SHARE"].number, answers["MANY"].number) == (82, 1250)
    assert (answers["WORDS"].text, answers["HAD"].options) == ("Zoë", ("yes",))


def test_one_choice_over_several_columns_and_several_answers_in_columns(questionnaire: Questionnaire) -> None:
    columns = """
[[items]]
item = "PLACE"
columns = { here = "P1", there = "P2" }
other = "P3"

[[items]]
item = "TOOLS"
columns = { saw = "T1", axe = "T2", none = "T3" }
marked = ["ja"]
unmarked = ["nein"]
"""
    file_mapping = mapping('missing = ["-9"]\n' + WAVE + ONE_ROLE + columns)
    header = ["id", "P1", "P2", "P3", "T1", "T2", "T3"]
    rows = [
        ["R1", "1", "0", "", "ja", "ja", "nein"],
        ["R2", "0", "0", "On the way", "nein", "nein", "-9"],
        ["R3", "1", "1", "", "", "", ""],
        ["R4", "2", "0", "", "vielleicht", "", ""],
    ]
    report = import_table([header, *rows], file_mapping, questionnaire)
    assert [(remark.line, remark.column) for remark in report.remarks] == [
        (4, "PLACE"),
        (5, "P1"),
        (5, "T1"),
    ]
    assert answers_of("R1") == {"PLACE": AnswerValue(("here",)), "TOOLS": AnswerValue(("saw", "axe"))}
    assert answers_of("R2") == {"PLACE": AnswerValue(("other",), texts=(("other", "On the way"),))}


def test_numbers_with_a_decimal_comma_and_dates_of_the_mapping(questionnaire: Questionnaire) -> None:
    columns = '[[items]]\nitem = "SHARE"\ncolumn = "share"\ndecimal = ","\n'
    file_mapping = mapping(WAVE + ONE_ROLE + "date = 2026-02-03T00:00:00Z\n" + columns)
    table = [["id", "share"], ["R1", "82,0"], ["R2", "8,25"], ["R3", "8.250"]]
    report = import_table(table, file_mapping, questionnaire)
    assert [remark.line for remark in report.remarks] == [3, 4]
    response = Response.objects.get()
    assert (response.started_at.isoformat(), answers_of("R1")["SHARE"].number) == (
        "2026-02-03T00:00:00+00:00",
        82,
    )


def test_a_file_of_windows_with_semicolons_and_odd_line_ends(questionnaire: Questionnaire) -> None:
    rows = [HEADER, ["Zoë", "There, far away", "", "", "", "Köln – “quoted”", "", ""]]
    content = as_csv(rows, separator=";", line_end="\r\r\n").encode("cp1252")
    numbered, notes = read(content, TableFormat())
    report = import_rows(numbered, mapping(), questionnaire)
    assert report.counts[RowOutcomeKind.INSERTED] == 1
    assert "Windows-1252" in notes[0]
    assert answers_of("Zoë")["WORDS"].text == "Köln – “quoted”"


def test_rows_of_several_roles_belong_to_one_organization(questionnaire: Questionnaire) -> None:
    file_mapping = mapping(WAVE + BY_ROLE)
    table = [
        FRAME,
        ["A", "Acme", "Bank", "50-249", "Europe", "1", "Yes", "", "Small"],
        ["A", "Acme", "Bank", "50-249", "Europe", "2", "", "No", "Large"],
        ["B", "Bolt", "Energy or utilities", "", "", "2", "Yes", "Yes", ""],
        ["A", "Acme", "Retail or consumer", "", "", "1", "", "", ""],
        ["C", "", "Circus", "", "", "3", "", "", ""],
    ]
    report = import_table(table, file_mapping, questionnaire)
    assert [report.counts[kind] for kind in RowOutcomeKind] == [3, 0, 0, 1, 1]
    remarks = {(remark.line, remark.column) for remark in report.remarks}
    assert remarks == {(3, "SIZE"), (4, "HAD"), (5, "company"), (6, "who")}
    acme = Organization.objects.get(name="Acme")
    assert (acme.sector, acme.size_band, acme.region) == ("financial-services", "50-249", "europe")
    assert acme.invitations.count() == 2
    assert answers_of("A lead") == {"HAD": AnswerValue(("yes",)), "SIZE": AnswerValue(("small",))}
    assert answers_of("A engineer") == {"BUILT": AnswerValue(("no",))}
    again = import_table(table, file_mapping, questionnaire)
    assert [again.counts[kind] for kind in RowOutcomeKind] == [0, 0, 3, 1, 1]


def test_a_corrected_frame_is_corrected_and_a_contradiction_is_named(questionnaire: Questionnaire) -> None:
    file_mapping = mapping(WAVE + BY_ROLE)
    row = ["A", "Acme", "Bank", "", "", "1", "Yes", "", ""]
    import_table([FRAME, row], file_mapping, questionnaire)
    energy = ["A", "Acme", "energy", "1-49", "", "1", "Yes", "", ""]
    report = import_table([FRAME, energy, [*row[:5], "2", "", "Yes", ""]], file_mapping, questionnaire)
    assert [report.counts[kind] for kind in RowOutcomeKind] == [0, 1, 0, 1, 0]
    assert "expected 'energy' for the organisation 'A', as in line 2" in report.remarks[0].reason
    acme = Organization.objects.get()
    assert (acme.sector, acme.size_band) == ("energy", "1-49")


def test_a_basis_of_evidence_has_its_column(questionnaire: Questionnaire) -> None:
    columns = """
[[items]]
item = "SHARE"
column = "share"
basis = { column = "how", codes = { "log" = "exported" } }
"""
    table = [
        ["id", "share", "how"],
        ["R1", "5", "log"],
        ["R2", "5", "Estimated"],
        ["R3", "", "log"],
        ["R4", "5", "x"],
    ]
    report = import_table(table, mapping(WAVE + ONE_ROLE + columns), questionnaire)
    assert [remark.line for remark in report.remarks] == [4, 5]
    assert [answers_of(name)["SHARE"].basis for name in ("R1", "R2")] == ["exported", "estimated"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace('item = "MANY"', 'item = "MUCH"'), "an item of kinds-1"),
        (lambda text: text.replace('"1" = "yes"', '"1" = "maybe"'), "a code of its options"),
        (lambda text: text.replace('separator = ","', ""), "a separator, or a column for each option"),
        (lambda text: text.replace('role = "lead"', 'role = "engineer"'), "an item that engineer is asked"),
        (lambda text: text.replace('role = "lead"', 'role = "boss"'), "a role of kinds-1"),
        (lambda text: text.replace('column = "many"', 'column = "many"\nseparator = ";"'), "several answers"),
        (lambda text: text.replace('item = "MANY"', 'item = "HAD"'), "each item once"),
        (
            lambda text: text.replace('id = "id"', 'id = "id"\ndate = 2027-01-01T00:00:00Z'),
            "while the wave is open",
        ),
        (
            lambda text: text + '\n[organization]\nsector = { column = "s", codes = { a = "b" } }',
            "one of financial",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_its_questionnaire_is_refused(
    change: Callable[[str], str], words: str, questionnaire: Questionnaire
) -> None:
    file_mapping = mapping(change(WAVE + ONE_ROLE + COLUMNS))
    with pytest.raises(InvalidDefinition, match=words):
        check_mapping(file_mapping, questionnaire.definition, name="mapping")


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        *(("12", ".", 12), ("12.0", ".", 12), ("12.", ".", 12), ("1,250", ".", 1250), ("1.250", ",", 1250)),
        *(("1 250", ".", 1250), ("1\u202f250", ",", 1250), ("1’250", ".", 1250), ("82 %", ".", 82)),
        *(
            ("12.5", ".", None),
            ("1,25", ".", None),
            ("12,50", ",", None),
            ("twelve", ".", None),
            ("1e3", ".", None),
        ),
        *(("٣", ".", None), ("1 2", ".", None), ("", ".", None), ("9" * 40, ".", None)),
    ],
)
def test_a_number_is_whole_or_none(text: str, decimal: str, number: int | None) -> None:
    assert whole_number(text, decimal=decimal, is_percent=True) == number  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12.0", "12"), ("12.5", "12.5"), ("A-1", "A-1"), ("1.2E+10", None), ("1E10", None)],
)
def test_identifiers_that_a_spreadsheet_changed(text: str, expected: str | None) -> None:
    assert identifier(text) == expected


@pytest.mark.parametrize("width", [100, 215])
def test_items_over_hundreds_of_columns(width: int) -> None:
    """Published files are as wide as this."""
    item = (
        '\n[[items]]\ncode = "Q{0}"\nsection = "all"\nrole = "r"\nkind = "context"\ntype = "yes_no"\nwording = "W"\n'
        'options = [{{ code = "yes", label = "Yes" }}, {{ code = "no", label = "No" }}]\n'
    )
    head = (
        'slug = "wide"\nversion = "1"\ntitle = "Wide"\nunit = "respondent"\nrequires_dont_know = false\n'
        'introduction = "I"\nsource = "S"\nreviewed_on = 2026-01-01\n'
        'roles = [{ code = "r", label = "R", minutes = 1 }]\nsections = [{ code = "all", title = "All" }]\n'
    )
    text = head + "".join(item.format(number) for number in range(width))
    load_questionnaire(text, name="wide-1.toml", at=timezone.now())
    columns = "".join(f'[[items]]\nitem = "Q{number}"\ncolumn = "q{number}"\n' for number in range(width))
    file_mapping: Mapping = mapping(
        WAVE.replace("kinds-1", "wide-1") + '[respondent]\nrole = "r"\n' + columns
    )
    header = [f"q{number}" for number in range(width)]
    report: ImportReport = import_table(
        [header, ["Yes"] * width, ["No"] * width], file_mapping, Questionnaire.objects.get(slug="wide")
    )
    assert report.counts[RowOutcomeKind.INSERTED] == 2
    assert Answer.objects.count() == 2 * width
    assert sorted(Response.objects.values_list("source_row", flat=True)) == ["row 2", "row 3"]
