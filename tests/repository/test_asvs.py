"""Tests the answers to OWASP ASVS 5.0, level 2: every requirement has one, and a met requirement names existing
tests."""

import csv
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ROOT / "tests" / "asvs.csv"
TESTS = ROOT / "tests" / "security_tests.toml"
# The number of requirements of levels 1 and 2 in each chapter of the standard.
CHAPTERS = {
    1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29,
    11: 14, 12: 9, 13: 13, 14: 9, 15: 13, 16: 16, 17: 7,
}  # fmt: skip
STATUSES = {"met", "by design", "operator", "not applicable", "not met"}
LEAST_WITH_TESTS = 0.6


@pytest.fixture(scope="module")
def answers() -> list[dict[str, str]]:
    with ANSWERS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def known_tests() -> dict[str, list[str]]:
    return dict(tomllib.loads(TESTS.read_text("utf-8"))["tests"])


def test_every_requirement_of_level_2_has_an_answer(answers: list[dict[str, str]]) -> None:
    counted = Counter(int(one["requirement"].split(".")[0]) for one in answers if one["level"] in "12")
    assert counted == CHAPTERS
    assert sum(CHAPTERS.values()) == 253
    assert len({one["requirement"] for one in answers}) == len(answers)


def test_no_answer_is_empty(answers: list[dict[str, str]]) -> None:
    for one in answers:
        assert one["status"] in STATUSES, one
        assert one["how"].strip(), one
        assert one["tests"] or one["status"] != "met", one


def test_what_is_met_names_tests_that_exist(
    answers: list[dict[str, str]], known_tests: dict[str, list[str]]
) -> None:
    for one in answers:
        assert set(one["tests"].split()) <= set(known_tests), one


def test_most_of_what_is_kept_is_tested(answers: list[dict[str, str]]) -> None:
    kept = [one for one in answers if one["status"] in ("met", "by design")]
    assert sum(bool(one["tests"]) for one in kept) / len(kept) >= LEAST_WITH_TESTS


def test_the_tests_are_where_the_list_says(known_tests: dict[str, list[str]]) -> None:
    for name, modules in known_tests.items():
        assert modules, name
        for module in modules:
            assert (ROOT / module).is_file(), f"{name}: {module}"
