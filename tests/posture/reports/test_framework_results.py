"""Tests what a framework page says of one question and of one pair, with rows of a release made for the test."""

from typing import Any

from django.conf import settings

from posture.models import Estimate, Release
from posture.releases.queries import EstimateTable
from posture.reports.framework_results import NamedValue, Source, item_row, pair_row
from surveys.instrument.questionnaire_definition import parse
from surveys.models import Questionnaire, Wave

NAME = "ai-agent-security-2026.3"
TEXT = (settings.ROOT / "surveys" / "definitions" / f"{NAME}.toml").read_text("utf-8")
NEWEST = parse(TEXT, name=NAME)
TIME = next(pair for pair in NEWEST.core_pairs if pair.gap == "ordinal_time")
CHOICE = next(
    item
    for item in NEWEST.core_items
    if item.type == "single" and item.frameworks and not item.pair and len(item.options) > 5
)
LABELS = [option.label for option in CHOICE.options if option.is_substantive]


def source(*rows: Estimate, asked: str = TEXT) -> Source:
    """A release of the asked questionnaire with these rows."""
    stored = Questionnaire(slug=NEWEST.slug, version="asked", source=asked, digest=str(hash(asked)))
    release = Release(slug="r", wave=Wave(questionnaire=stored))
    for row in rows:
        row.release = release
    table = {(row.subject_kind, row.subject, row.statistic, row.option): row for row in rows}
    return Source(NEWEST, release, EstimateTable(table))


def number(kind: str, subject: str, statistic: str, option: str = "", **columns: Any) -> Estimate:
    plain = {"cohort": "all", "unit": "share", "method": "wilson", "base": 40, "status": "published"}
    named = {"subject_kind": kind, "subject": subject, "statistic": statistic, "option": option}
    return Estimate(**plain | named | columns)


def shares(*values: float | None) -> list[Estimate]:
    """One row for each substantive option of the choice; None is withheld."""
    codes = [option.code for option in CHOICE.options if option.is_substantive]
    return [
        number("item", CHOICE.code, "share", code, value=value)
        if value is not None
        else number("item", CHOICE.code, "share", code, status="suppressed", base=None)
        for code, value in zip(codes, values, strict=True)
    ]


def words(values: tuple[NamedValue, ...]) -> list[tuple[str, str]]:
    return [(one.words, one.value.text) for one in values]


def test_times_are_medians_in_the_words_of_the_answers() -> None:
    belief, evidence = (NEWEST.item(code) for code in (TIME.belief, TIME.evidence))
    rows = [
        number("pair", TIME.code, f"{name}_median", unit="band", method="median", value=3.0)
        for name in ("belief", "evidence", "gap")
    ]
    over = number("pair", TIME.code, "gap_over", value=0.25)
    row = pair_row(source(*rows, over), TIME)
    third = [next(one.label for one in item.options if one.band == 3) for item in (belief, evidence)]
    assert words(row.results) == [
        ("Believed, median", third[0]),
        ("On record, median", third[1]),
        ("Over-confident", "25\u202f%"),
    ]


def test_the_most_frequent_answer_is_named() -> None:
    rows = shares(0.5, *(0.1 for _ in LABELS[1:]))
    row = item_row(source(*rows), CHOICE)
    assert row.most_frequent is not None
    assert row.most_frequent.words == LABELS[0]
    assert row.is_long


def test_no_answer_is_the_most_frequent_beside_a_withheld_one() -> None:
    row = item_row(source(*shares(0.5, None, *(0.1 for _ in LABELS[2:]))), CHOICE)
    assert row.most_frequent is None
    assert row.results[1].value.is_withheld


def test_no_answer_is_the_most_frequent_beside_a_range() -> None:
    rows = shares(0.5, *(0.1 for _ in LABELS[1:]))
    rows[1].bound = "at_most"
    assert item_row(source(*rows), CHOICE).most_frequent is None


def test_answers_without_substance_are_apart() -> None:
    row = item_row(source(*shares(*(0.1 for _ in LABELS)), dont_know()), CHOICE)
    assert len(row.results) == len(LABELS)
    assert words(row.absent) == [("Don't know", "20\u202f%")]


def test_a_question_that_was_asked_in_other_words_says_so() -> None:
    asked = TEXT.replace(CHOICE.wording, "Other words?")
    row = item_row(source(dont_know(), asked=asked), CHOICE)
    assert row.note == "Version 2026.3, which was asked, has other words: “Other words?”"
    assert row.absent


def test_a_question_that_had_other_answers_says_so() -> None:
    asked = TEXT.replace(f'label = "{LABELS[0]}"', 'label = "Other answer"')
    row = item_row(source(dont_know(), asked=asked), CHOICE)
    assert row.note == "Version 2026.3, which was asked, has other answers to choose from."


def test_a_question_that_was_not_asked_has_no_number() -> None:
    asked = TEXT.replace(f'code = "{CHOICE.code}"', 'code = "OTHER"')
    row = item_row(source(dont_know(), asked=asked), CHOICE)
    assert row.note == "Version 2026.3, which was asked, does not have this question."
    assert not row.results
    assert not row.absent


def test_a_question_without_rows_says_so() -> None:
    assert item_row(source(), CHOICE).note == "This release has no number for this question."


def test_a_pair_that_the_release_does_not_have_says_so() -> None:
    assert pair_row(Source(NEWEST, None, EstimateTable({})), TIME).note == "No release has this pair."


def dont_know() -> Estimate:
    return number("item", CHOICE.code, "share", "dont-know", value=0.2)
