"""Reads the framework files and checks them against the newest version of each questionnaire."""

from functools import cache
from pathlib import Path

from posture.definitions import frameworks
from posture.stored_definitions.catalogue import DEFINITIONS
from surveys.fieldwork.questionnaire_loader import newest_questionnaire, questionnaires
from surveys.instrument.definition_file import InvalidDefinition, Problem
from surveys.instrument.questionnaire_definition import Questionnaire

FOLDER = DEFINITIONS / "frameworks"


@cache
def framework_files() -> dict[str, frameworks.Framework]:
    """Returns the editions by the name of their file, in the order of the names."""
    return read_framework_files(FOLDER)


def read_framework_files(folder: Path) -> dict[str, frameworks.Framework]:
    """Reads all files of a folder. Raises InvalidDefinition with the errors of all files."""
    problems: list[Problem] = []
    files: dict[str, frameworks.Framework] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            files[path.stem] = frameworks.parse(path.read_text("utf-8"), name=path.name)
        except InvalidDefinition as error:
            problems.extend(error.errors)
    if problems:
        raise InvalidDefinition(problems)
    return files


def newest_with_frameworks() -> list[Questionnaire]:
    """Returns the newest version of each questionnaire that refers to frameworks."""
    slugs = dict.fromkeys(questionnaires().values_list("slug", flat=True))
    newest = (newest_questionnaire(slug) for slug in slugs)
    return [row.definition for row in newest if row is not None and row.definition.frameworks]


def check_frameworks(folder: Path = FOLDER) -> int:
    """Checks the files against the loaded questionnaires. Returns the number of files. Raises InvalidDefinition with
    all errors."""
    files = read_framework_files(folder)
    frameworks.check(files, newest_with_frameworks())
    return len(files)
