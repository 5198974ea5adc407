"""Tests the framework files: their errors, and their agreement with the questionnaires."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from posture.definitions.frameworks import Framework, check, parse
from posture.management.commands import load_definitions
from posture.stored_definitions.framework_files import (
    FOLDER,
    check_frameworks,
    framework_files,
    newest_with_frameworks,
    read_framework_files,
)
from surveys.instrument.definition_file import InvalidDefinition

HEAD = """
framework = "F"
edition = "1"
title = "Framework"
publisher = "Publisher"
url = "https://example.org/"
licence = "Free"
quotes_titles = true
attribution = "Publisher"
reviewed_on = 2026-11-30
"""
CLAUSE = '\n[[clauses]]\ncode = "1.1"\ntitle = "First"\n'
# Publishers that do not allow the titles of their clauses.
CODES_ONLY = {"iso-42001-2023", "csa-aicm-1.0"}


def file(text: str = HEAD + CLAUSE) -> Framework:
    return parse(text, name="f.toml")


def refused(text: str) -> str:
    with pytest.raises(InvalidDefinition) as error:
        file(text)
    return str(error.value)


def test_titles_need_a_licence_that_allows_them() -> None:
    text = refused(HEAD.replace("true", "false") + CLAUSE)
    assert text == (
        "f.toml: clauses 1.1 > title: expected no title, because quotes_titles is false, found First"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + CLAUSE + CLAUSE, "clauses 1.1: expected each code once, found 2 times"),
        (HEAD + CLAUSE + 'renumbers = "2.2"\n', "expected a file with earlier_edition, found 2.2"),
        (HEAD, "clauses: expected this field"),
        (HEAD.replace("https", "http") + CLAUSE, "url: expected"),
        (HEAD.replace('attribution = "Publisher"', "") + CLAUSE, "attribution: expected this field"),
    ],
)
def test_errors_of_a_file_name_their_place(text: str, words: str) -> None:
    assert words in refused(text)


def test_files_that_contradict_each_other_are_refused() -> None:
    later = HEAD.replace('edition = "1"', 'edition = "2"\nearlier_edition = "f-1"')
    files = {"f-1": file(), "f-2": file(later + '[[clauses]]\ncode = "1.2"\nrenumbers = "9"\n')}
    with pytest.raises(InvalidDefinition, match="expected a clause of f-1, found 9"):
        check(files, [])
    with pytest.raises(InvalidDefinition, match="expected the name of a file of this folder, found f-1"):
        check({"f-2": files["f-2"]}, [])
    with pytest.raises(InvalidDefinition, match="expected one file for each edition, found 2 files"):
        check({"a": file(), "b": file()}, [])


def test_titles_are_in_the_files_of_free_licences_only() -> None:
    files = framework_files()
    assert {name for name, one in files.items() if not one.quotes_titles} == CODES_ONLY
    for name, one in files.items():
        assert any(clause.title for clause in one.clauses) == (name not in CODES_ONLY), name


@pytest.mark.django_db
def test_all_frameworks_of_the_newest_questionnaires_have_files() -> None:
    call_command("load_definitions", verbosity=0)
    assert newest_with_frameworks()
    assert check_frameworks() == len(list(FOLDER.glob("*.toml")))


@pytest.mark.django_db
def test_a_missing_framework_and_a_missing_clause_are_refused(tmp_path: Path) -> None:
    call_command("load_definitions", verbosity=0)
    for path in FOLDER.glob("*.toml"):
        text = path.read_text("utf-8")
        if path.stem == "nist-csf-2.0":
            text = text.replace('code = "GV.OC-03"', 'code = "GV.OC-99"')
        if path.stem != "iso-42001-2023":
            (tmp_path / path.name).write_text(text, "utf-8")
    with pytest.raises(InvalidDefinition) as error:
        check_frameworks(tmp_path)
    problems = [str(problem) for problem in error.value.errors]
    assert problems[0] == (
        "frameworks: ai-agent-security-2026.3 > frameworks ISO42001 2023: expected a file with this framework and"
        " edition"
    )
    assert problems[1].endswith("expected a clause of nist-csf-2.0.toml, found GV.OC-03")


@pytest.mark.django_db
def test_nothing_is_loaded_when_a_framework_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(load_definitions, "check_frameworks", lambda: check_frameworks(tmp_path))
    with pytest.raises(CommandError, match="expected a file with this framework and edition"):
        call_command("load_definitions", verbosity=0)
    assert newest_with_frameworks() == []


def test_the_errors_of_all_files_are_reported(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(HEAD, "utf-8")
    with pytest.raises(InvalidDefinition) as error:
        read_framework_files(tmp_path)
    assert [problem.file for problem in error.value.errors] == ["a.toml", "b.toml"]
