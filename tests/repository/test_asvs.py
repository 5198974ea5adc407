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
    counts = Counter(
        int(answer["requirement"].split(".")[0]) for answer in answers if answer["level"] in "12"
    )
    assert counts == CHAPTERS
    assert sum(CHAPTERS.values()) == 253
    assert len({answer["requirement"] for answer in answers}) == len(answers)


def test_no_answer_is_empty(answers: list[dict[str, str]]) -> None:
    for answer in answers:
        assert answer["status"] in STATUSES, answer
        assert answer["how"].strip(), answer
        assert answer["tests"] or answer["status"] != "met", answer


def test_met_requirements_name_existing_tests(
    answers: list[dict[str, str]], known_tests: dict[str, list[str]]
) -> None:
    for answer in answers:
        assert set(answer["tests"].split()) <= set(known_tests), answer


def test_most_fulfilled_requirements_have_tests(answers: list[dict[str, str]]) -> None:
    fulfilled = [answer for answer in answers if answer["status"] in ("met", "by design")]
    assert sum(bool(answer["tests"]) for answer in fulfilled) / len(fulfilled) >= LEAST_WITH_TESTS


def test_the_listed_test_modules_exist(known_tests: dict[str, list[str]]) -> None:
    for name, modules in known_tests.items():
        assert modules, name
        for module in modules:
            assert (ROOT / module).is_file(), f"{name}: {module}"
