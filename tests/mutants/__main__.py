"""`python -m tests.mutants [file]`: changes the file, or all guard modules, in a copy of the project."""

import csv
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome

from posture.launch.places import ROOT
from tests.mutants.places import GUARDS, SURVIVORS

LARGEST_SHARE = 0.02
LONGEST_SECONDS = 180
NOT_COPIED = (".git", ".venv", "var", "node_modules", "__pycache__", ".*_cache")
# Of the possible changes to an operator, those that a typing error makes.
EXCLUDED_OPERATORS = (
    r"core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|BitOr_BitAnd|BitAnd_BitOr)",
    r"core/ReplaceComparisonOperator_(?!Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Is_IsNot|IsNot_Is)",
    r"core/ReplaceUnaryOperator_(?!Delete_)",
    r"core/Variable",
)
CONFIGURATION = """
[cosmic-ray]
module-path = "{file}"
timeout = {seconds}
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider --reuse-db {tests}"

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = {left_out}
"""


@dataclass(frozen=True)
class Mutant:
    """One change: the file, its line before and after, and whether a test noticed."""

    file: str
    before: str
    after: str
    is_noticed: bool


def main(files: list[str]) -> int:
    guards = {guard["file"]: guard["tests"] for guard in tomllib.loads(GUARDS.read_text("utf-8"))["guards"]}
    unknown = set(files) - guards.keys()
    if unknown:
        print(f"{GUARDS.name} says nothing of {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    mutants = [mutant for file in files or guards for mutant in mutants_of(file, guards[file])]
    return print_result(mutants)


def mutants_of(file: str, tests: list[str]) -> list[Mutant]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True)
        (copy / "mutants.toml").write_text(
            CONFIGURATION.format(
                file=file,
                seconds=LONGEST_SECONDS,
                python=sys.executable,
                tests=" ".join(tests),
                left_out=list(EXCLUDED_OPERATORS),
            )
        )
        for command in (
            ["cosmic-ray", "init", "mutants.toml", "mutants.sqlite"],
            ["cr-filter-operators", "mutants.sqlite", "mutants.toml"],
            ["cosmic-ray", "baseline", "mutants.toml"],
            ["cosmic-ray", "exec", "mutants.toml", "mutants.sqlite"],
        ):
            subprocess.run([Path(sys.executable).parent / command[0], *command[1:]], cwd=copy, check=True)
        with use_db(copy / "mutants.sqlite", WorkDB.Mode.open) as database:
            return list(_results(file, database))


def _results(file: str, database: WorkDB) -> Iterator[Mutant]:
    for _, result in database.completed_work_items:
        if result.diff is not None and result.test_outcome is not None:
            before, after = _changed_lines(result.diff)
            yield Mutant(file, before, after, result.test_outcome != TestOutcome.SURVIVED)


def _changed_lines(diff: str) -> tuple[str, str]:
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = ("".join(line[1:].strip() for line in lines if line[:1] == sign) for sign in "-+")
    return before, after


def print_result(mutants: list[Mutant]) -> int:
    """Prints the result. The exit code is 0 where at most two in a hundred mutants survive without a reason."""
    with SURVIVORS.open(encoding="utf-8", newline="") as file:
        explained = {(row["file"], row["before"], row["after"]) for row in csv.DictReader(file)}
    survivors = [mutant for mutant in mutants if not mutant.is_noticed]
    unexplained = [
        mutant for mutant in survivors if (mutant.file, mutant.before, mutant.after) not in explained
    ]
    for file in sorted({mutant.file for mutant in mutants}):
        mutants_of_file = [mutant for mutant in mutants if mutant.file == file]
        noticed = sum(mutant.is_noticed for mutant in mutants_of_file)
        print(
            f"{file}: {len(mutants_of_file)} changes, {noticed} noticed, {len(mutants_of_file) - noticed} survived"
        )
    for mutant in unexplained:
        print(f"  {mutant.file}\n    - {mutant.before}\n    + {mutant.after}")
    share = len(unexplained) / len(mutants) if mutants else 0
    print(
        f"{len(mutants)} changes, {len(survivors)} survived, {len(unexplained)} without a reason ({share:.1%})"
    )
    return 0 if share <= LARGEST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
