"""A questionnaire with an item of each kind, mappings of it, and answer files as bytes."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.utils import timezone

from surveys.fieldwork.questionnaire_loader import load_questionnaire
from surveys.imports.importer import Importer, reader_of, wave_of
from surveys.imports.mapping import Mapping, parse
from surveys.imports.row_outcomes import ImportReport
from surveys.imports.table_reader.bounds import Bounds, TableFormat
from surveys.imports.table_reader.separated import SeparatedTable
from surveys.models import Questionnaire

NAME = "kinds-1"
HEAD = """
slug = "kinds"
version = "1"
title = "Kinds of items"
unit = "organization"
requires_dont_know = false
introduction = "For tests."
source = "Written for tests."
reviewed_on = 2026-01-01
roles = [
    { code = "lead", label = "Lead", minutes = 1 },
    { code = "engineer", label = "Engineer", minutes = 1 },
]
evidence_bases = [
    { code = "exported", label = "Exported" },
    { code = "estimated", label = "Estimated", counts_as_evidence = false },
]
sections = [{ code = "all", title = "All" }]
"""
ITEMS = """
[[items]]
code = "PLACE"
role = "{role}"
type = "single"
wording = "Where is it?"
options = [
    {{ code = "here", label = "Here" }},
    {{ code = "there", label = "There, far away" }},
    {{ code = "other", label = "Other (please specify)", asks_text = true }},
]
section = "all"
kind = "context"

[[items]]
code = "TOOLS"
role = "{role}"
type = "multiple"
wording = "Which tools?"
options = [
    {{ code = "saw", label = "Saw" }},
    {{ code = "axe", label = "Axe, large" }},
    {{ code = "none", label = "None of them", exclusive = true }},
]
section = "all"
kind = "context"

[[items]]
code = "SHARE"
role = "{role}"
type = "percent"
wording = "How many percent?"
minimum = 0
maximum = 100
options = [{{ code = "unknown", label = "Don't know", meaning = "dont_know" }}]
section = "all"
kind = "evidence"

[[items]]
code = "WORDS"
role = "{role}"
type = "text"
wording = "Anything else?"
section = "all"
kind = "context"

[[items]]
code = "HAD"
role = "{role}"
type = "yes_no"
wording = "Was there one?"
options = [{{ code = "yes", label = "Yes" }}, {{ code = "no", label = "No" }}]
section = "all"
kind = "context"

[[items]]
code = "MANY"
role = "{role}"
type = "count"
wording = "How many?"
minimum = 0
ask_if = {{ item = "HAD", any_of = ["yes"] }}
section = "all"
kind = "context"
"""
FOR_ALL = """
[[items]]
code = "SIZE"
role = "any"
type = "single"
wording = "How large?"
options = [{ code = "small", label = "Small" }, { code = "large", label = "Large" }]
section = "all"
kind = "context"
"""
FOR_ENGINEERS = """
[[items]]
code = "BUILT"
role = "engineer"
type = "yes_no"
wording = "Is it built?"
options = [{ code = "yes", label = "Yes" }, { code = "no", label = "No" }]
section = "all"
kind = "context"
"""
WAVE = f"""
questionnaire = "{NAME}"
header_rows = 1

[wave]
slug = "kinds"
title = "Kinds"
opens_at = 2026-01-01T00:00:00Z
closes_at = 2026-03-01T00:00:00Z
"""
ONE_ROLE = """
[respondent]
role = "lead"
id = "id"
"""
COLUMNS = """
[[items]]
item = "PLACE"
column = "place"
other = "place, other"

[[items]]
item = "TOOLS"
column = "tools"
separator = ","

[[items]]
item = "SHARE"
column = "share"

[[items]]
item = "WORDS"
column = "words"
missing = ["n/a"]

[[items]]
item = "HAD"
column = "had"
codes = { "1" = "yes", "2" = "no" }
missing = ["-99"]

[[items]]
item = "MANY"
column = "many"
"""
HEADER = ["id", "place", "place, other", "tools", "share", "words", "had", "many"]


def load() -> Questionnaire:
    text = HEAD + ITEMS.format(role="lead") + FOR_ALL + FOR_ENGINEERS
    load_questionnaire(text, name=f"{NAME}.toml", at=timezone.now())
    return Questionnaire.objects.get(slug="kinds")


def mapping(text: str = WAVE + ONE_ROLE + COLUMNS) -> Mapping:
    return parse(text, name="mapping")


def as_csv(rows: Iterable[Sequence[str]], *, separator: str = ",", line_end: str = "\n") -> str:
    output = io.StringIO()
    csv.writer(output, delimiter=separator, lineterminator=line_end).writerows(rows)
    return output.getvalue()


ANY_FORMAT = TableFormat()


def read(
    content: bytes, table_format: TableFormat = ANY_FORMAT
) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Returns rows with their line numbers, and notes, as the confined reader returns them."""
    table = SeparatedTable(io.BytesIO(content), table_format, Bounds())
    return list(table.rows()), table.notes


def import_rows(
    rows: list[tuple[int, list[str]]], mapping: Mapping, questionnaire: Questionnaire
) -> ImportReport:
    """Imports all rows in one batch, without the confined process."""
    reader = reader_of(rows[: mapping.header_rows], mapping, questionnaire)
    importer = Importer(reader, questionnaire, wave_of(mapping, questionnaire))
    report = ImportReport(notes=list(reader.remarks))
    report.add(importer.write(importer.read(rows[mapping.header_rows :]), at=timezone.now()))
    return report


def import_table(
    table: Sequence[Sequence[str]], mapping: Mapping, questionnaire: Questionnaire
) -> ImportReport:
    numbered = [(line, list(cells)) for line, cells in enumerate(table, start=1)]
    return import_rows(numbered, mapping, questionnaire)
