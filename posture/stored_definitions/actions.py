"""Action files: the entries of a questionnaire by pair, and their check when definitions are loaded."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from posture.definitions import actions
from posture.models import Benchmark
from posture.stored_definitions.catalogue import DEFINITIONS
from surveys.fieldwork.questionnaire_loader import newest_questionnaire
from surveys.instrument.definition_file import InvalidDefinition, Problem

FOLDER = DEFINITIONS / "actions"


@cache
def actions_of(questionnaire: str) -> Mapping[str, actions.Action]:
    """Returns the actions of a questionnaire by the code of their pair; none without a file."""
    path = FOLDER / f"{questionnaire}.toml"
    if not path.exists():
        return {}
    file = actions.parse(path.read_text("utf-8"), name=path.name)
    return {action.code: action for action in file.actions}


def check_actions(folder: Path = FOLDER) -> int:
    """Checks each file against the newest version of its questionnaire and the stored benchmarks. Returns the number
    of files. Raises InvalidDefinition with the errors of all files."""
    paths, problems = sorted(folder.glob("*.toml")), list[Problem]()
    known = set(Benchmark.objects.values_list("code", flat=True))
    for path in paths:
        try:
            _check(path, known)
        except InvalidDefinition as error:
            problems.extend(error.errors)
    if problems:
        raise InvalidDefinition(problems)
    return len(paths)


def _check(path: Path, benchmarks: set[str]) -> None:
    file = actions.parse(path.read_text("utf-8"), name=path.name)
    stored = newest_questionnaire(file.questionnaire)
    if stored is None or path.stem != file.questionnaire:
        expected = "the slug of a questionnaire, and of the file"
        raise InvalidDefinition([Problem(path.name, "questionnaire", expected, file.questionnaire)])
    actions.check(file, stored.definition, benchmarks, name=path.name)
