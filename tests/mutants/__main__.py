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
LEFT_OUT = (".git", ".venv", "var", "node_modules", "__pycache__", ".*_cache")
# Of the possible changes to an operator, those that a typing error makes.
OPERATORS_LEFT_OUT = (
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
    guards = {one["file"]: one["tests"] for one in tomllib.loads(GUARDS.read_text("utf-8"))["guards"]}
    unknown = set(files) - guards.keys()
    if unknown:
        print(f"{GUARDS.name} says nothing of {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    found = [mutant for file in files or guards for mutant in mutants_of(file, guards[file])]
    return told(found)


def mutants_of(file: str, tests: list[str]) -> list[Mutant]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        (copy / "mutants.toml").write_text(
            CONFIGURATION.format(
                file=file,
                seconds=LONGEST_SECONDS,
                python=sys.executable,
                tests=" ".join(tests),
                left_out=list(OPERATORS_LEFT_OUT),
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
            before, after = _changed(result.diff)
            yield Mutant(file, before, after, result.test_outcome != TestOutcome.SURVIVED)


def _changed(diff: str) -> tuple[str, str]:
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = ("".join(line[1:].strip() for line in lines if line[:1] == sign) for sign in "-+")
    return before, after


def told(found: list[Mutant]) -> int:
    """Prints the result. The exit code is 0 where at most two in a hundred mutants survive without a reason."""
    with SURVIVORS.open(encoding="utf-8", newline="") as file:
        explained = {(row["file"], row["before"], row["after"]) for row in csv.DictReader(file)}
    survived = [one for one in found if not one.is_noticed]
    unexplained = [one for one in survived if (one.file, one.before, one.after) not in explained]
    for file in sorted({one.file for one in found}):
        of_file = [one for one in found if one.file == file]
        noticed = sum(one.is_noticed for one in of_file)
        print(f"{file}: {len(of_file)} changes, {noticed} noticed, {len(of_file) - noticed} survived")
    for one in unexplained:
        print(f"  {one.file}\n    - {one.before}\n    + {one.after}")
    share = len(unexplained) / len(found) if found else 0
    print(
        f"{len(found)} changes, {len(survived)} survived, {len(unexplained)} without a reason ({share:.1%})"
    )
    return 0 if share <= LARGEST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
