"""How a file of answers becomes items. Pure: a mapping is one TOML file for one export format, and reading a row opens
no file and no database.

`definition` is the TOML file, `checks` holds it against its questionnaire, `header` finds the columns, `cells` and
`numbers` read the cells of an item, `rows` reads whole rows.
"""

from surveys.imports.mapping.definition import Mapping, parse
from surveys.imports.mapping.problems import CellProblem, quoted
from surveys.imports.mapping.rows import OrganizationFacts, Respondent, RowReader, Unreadable

__all__ = [
    "CellProblem",
    "Mapping",
    "OrganizationFacts",
    "Respondent",
    "RowReader",
    "Unreadable",
    "parse",
    "quoted",
]
