"""Tests the action file: complete for every pair, with short sentences, and refused with the place of each error."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posture.definitions import actions, benchmarks
from posture.definitions.actions import Action, ActionFile
from posture.stored_definitions.actions import FOLDER, actions_of, check_actions
from surveys.instrument.definition_file import InvalidDefinition
from surveys.instrument.questionnaire_definition import Questionnaire, parse
from tests.repository.test_repository import ROOT

FILE = FOLDER / "ai-agent-security.toml"
LONGEST_SENTENCE = 20
FEWEST_SENTENCES, MOST_SENTENCES = 2, 4


def newest() -> Questionnaire:
    path = max((ROOT / "surveys" / "definitions").glob("ai-agent-security-*.toml"))
    return parse(path.read_text("utf-8"), name=path.name)


def codes_of_benchmarks() -> set[str]:
    paths = (FOLDER.parent / "benchmarks").glob("*.toml")
    files = (benchmarks.parse(path.read_text("utf-8"), name=path.name) for path in paths)
    return {figure.code for file in files for figure in file.benchmarks}


def file() -> ActionFile:
    return actions.parse(FILE.read_text("utf-8"), name=FILE.name)


def errors(changed: Any) -> list[str]:
    """Returns the errors of a document. Empty texts stand for missing ones."""
    with pytest.raises(InvalidDefinition) as refused:
        actions.check(ActionFile.model_validate(changed), newest(), codes_of_benchmarks(), name="file.toml")
    return [str(error) for error in refused.value.errors]


@pytest.fixture
def document() -> Any:
    return tomllib.loads(FILE.read_text("utf-8"))


def of(document: Any, pair: str) -> Any:
    return next(action for action in document["actions"] if action["code"] == pair)


def texts(action: Action) -> Iterator[tuple[str, str]]:
    yield from (("reason", action.reason), ("matters", action.matters))
    yield from ((type_, step) for type_, step in action.steps if step)


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!]) ", text)


def test_the_file_is_complete_for_the_newest_questionnaire() -> None:
    questionnaire = newest()
    actions.check(file(), questionnaire, codes_of_benchmarks(), name=FILE.name)
    assert [action.code for action in file().actions] == [pair.code for pair in questionnaire.pairs]
    assert len(file().actions) == 17


def test_each_pair_has_the_steps_of_the_types_that_it_can_have() -> None:
    questionnaire = newest()
    types = {pair.code: actions.types_of(pair, questionnaire) for pair in questionnaire.pairs}
    usual = {"over", "under", "estimated", "no_evidence", "dont_know"}
    assert types["POL-P1"] == usual | {"weak"}
    assert types["INC-P1"] == usual - {"under"} | {"disagreement"}
    assert all(found == usual for code, found in types.items() if code not in ("POL-P1", "INC-P1"))


def test_a_disagreement_about_incidents_sends_the_reader_to_the_records() -> None:
    (action,) = [one for one in file().actions if one.code == "INC-P1"]
    assert action.step("disagreement").startswith(
        "The executive suspects an incident that the records do not hold: check the records."
    )


@pytest.mark.parametrize("action", file().actions, ids=lambda action: action.code)
def test_sentences_are_short_and_complete(action: Action) -> None:
    for name, text in texts(action):
        for sentence in sentences(text):
            assert len(sentence.split()) <= LONGEST_SENTENCE, (name, sentence)
            assert sentence.endswith("."), (name, sentence)
            assert sentence[0].isupper(), (name, sentence)
    assert len(sentences(action.reason)) == 1
    assert len(sentences(action.matters)) <= 2
    for type_, step in action.steps:
        assert not step or FEWEST_SENTENCES <= len(sentences(step)) <= MOST_SENTENCES, type_


def test_no_two_pairs_and_types_share_a_step() -> None:
    steps = [step for action in file().actions for _, step in action.steps if step]
    assert len(steps) == len(set(steps)) == 17 * 5 + 1


@pytest.mark.parametrize(
    ("pair", "type_"),
    [("IAM-P2", "over"), ("POL-P1", "weak"), ("INC-P1", "disagreement"), ("FT-P1", "estimated")],
)
def test_a_missing_step_is_refused(document: Any, pair: str, type_: str) -> None:
    del of(document, pair)["steps"][type_]
    assert errors(document) == [
        f"file.toml: actions {pair} > steps > {type_}: expected the next step for this type"
    ]


def test_a_step_that_cannot_occur_is_refused(document: Any) -> None:
    of(document, "INV-P1")["steps"]["weak"] = "Look again."
    assert errors(document) == [
        "file.toml: actions INV-P1 > steps > weak: expected no step, because the pair cannot have this type, found"
        " Look again."
    ]


def test_missing_doubled_and_unknown_pairs_are_refused(document: Any) -> None:
    of(document, "REG-P1")["code"] = "INV-P1"
    of(document, "PLT-P1")["code"] = "PLT-P9"
    # The entry of REG-P1 also has clauses that are not of INV-P1.
    assert [error for error in errors(document) if "> frameworks" not in error] == [
        "file.toml: actions INV-P1: expected one entry for this pair, found 2",
        "file.toml: actions PLT-P1: expected one entry for this pair, found 0",
        "file.toml: actions REG-P1: expected one entry for this pair, found 0",
        "file.toml: actions PLT-P9 > code: expected a pair of ai-agent-security-2026.3, found PLT-P9",
    ]


def test_unknown_clauses_and_benchmarks_are_refused(document: Any) -> None:
    of(document, "INV-P1")["frameworks"][0]["code"] = "GOVERN 9.9"
    of(document, "INV-P2")["sources"][0]["benchmark"] = "NOBODY-1"
    assert errors(document) == [
        "file.toml: actions INV-P1 > frameworks: expected a clause of the items of INV-P1, found NIST-AI-RMF 1.0,"
        " GOVERN 9.9",
        "file.toml: actions INV-P2 > sources: expected the code of a benchmark, found NOBODY-1",
    ]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("importance = 5", "importance = 6", "actions INV-P1 > importance"),
        ('owner = "Head of security architecture"', 'owner = ""', "actions INV-P1 > owner"),
        ("year = 2023", "years = 2023", "actions INV-P1 > sources 3 > years"),
        ("over = ", "overconfident = ", "actions INV-P1 > steps > overconfident"),
        ('code = "INV-P1"\n', "", "actions 1 > code"),
    ],
)
def test_an_error_names_file_pair_and_field(old: str, new: str, place: str) -> None:
    text = FILE.read_text("utf-8")
    with pytest.raises(InvalidDefinition) as refused:
        actions.parse(text.replace(old, new, 1), name="file.toml")
    assert [(error.file, error.place) for error in refused.value.errors][-1] == ("file.toml", place)


def test_a_source_is_a_benchmark_or_a_document_with_its_year() -> None:
    for fields in ({}, {"benchmark": "A", "document": "B", "year": 2024}, {"document": "B"}, {"year": 2024}):
        with pytest.raises(ValueError, match="either the code of a benchmark"):
            actions.Source.model_validate(fields)


@pytest.mark.django_db
def test_definitions_are_loaded_only_with_correct_actions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("load_definitions")
    assert "actions: 1 checked" in capsys.readouterr().out
    copy = tmp_path / FILE.name
    copy.write_text(FILE.read_text("utf-8").replace('"CSAT-UNK-82"', '"NOBODY-1"'), "utf-8")
    with pytest.raises(InvalidDefinition, match="NOBODY-1"):
        check_actions(tmp_path)
    copy.rename(tmp_path / "another.toml")
    with pytest.raises(InvalidDefinition, match="the slug of a questionnaire, and of the file"):
        check_actions(tmp_path)
    monkeypatch.setattr(check_actions, "__defaults__", (tmp_path,))
    with pytest.raises(CommandError, match=r"another\.toml"):
        call_command("load_definitions")


def test_a_questionnaire_without_a_file_has_no_actions() -> None:
    assert actions_of("cloud-native-security") == {}
    assert actions_of("ai-agent-security")["INV-P1"].importance == 5
