"""Maps the columns of a file of answers to items. A mapping is one TOML file for one export format.

Reading a row opens neither file nor database. `definition` defines the TOML file, `checks` compares it with its
questionnaire, and `header` finds the columns. `cells` and `numbers` read the cells of an item, and `rows` reads whole
rows.
"""

from surveys.imports.mapping.definition import Mapping, parse
from surveys.imports.mapping.problems import CellProblem, quoted
from surveys.imports.mapping.rows import FrameData, Respondent, RowReader, RowRejected

__all__ = [
    "CellProblem",
    "FrameData",
    "Mapping",
    "Respondent",
    "RowReader",
    "RowRejected",
    "parse",
    "quoted",
]
