import pytest

from surveys.instrument.plain_text import MAX_TEXT_LENGTH
from surveys.instrument.questionnaire_definition import parse
from surveys.instrument.routing import AnswerValue
from surveys.instrument.validity import expected_instead
from tests.support.builders import SMALL, chose, percent

QUESTIONNAIRE = parse(SMALL, name="small-1")


@pytest.mark.parametrize(
    ("item", "given"),
    [
        ("A-C", percent(0)),
        ("A-C", percent(100)),
        ("A-C", chose("dont-know")),
        ("COUNT", percent(10_000)),
        ("A-R", percent(5, "exported")),
        ("I-C", chose("yes")),
        ("KEYS", chose("shared", "own")),
        ("KEYS", chose("none")),
        ("KEYS", AnswerValue(options=("other",), texts=(("other", "x" * MAX_TEXT_LENGTH),))),
        ("A-C", AnswerValue()),
    ],
)
def test_an_answer_is_valid(item: str, given: AnswerValue) -> None:
    assert expected_instead(QUESTIONNAIRE, QUESTIONNAIRE.item(item), given) is None


@pytest.mark.parametrize(
    ("item", "given", "expected"),
    [
        ("A-C", percent(101), "a whole number from 0 to 100"),
        (
            "A-C",
            AnswerValue(number=5, options=("dont-know",)),
            "either a number or one of the options beside it",
        ),
        ("A-C", chose("yes"), "either a number or one of the options beside it"),
        ("I-C", chose("yes", "no"), "exactly one of the options"),
        ("I-C", chose("perhaps"), "one of the options shown"),
        ("I-C", percent(3), "one of the options shown"),
        ("KEYS", chose("none", "own"), "either “None of these” or other options, not both"),
        ("KEYS", chose("own", "dont-know"), "either “Don't know” or other options, not both"),
        ("KEYS", chose("own", "own"), "one of the options shown"),
        (
            "KEYS",
            AnswerValue(options=("own",), texts=(("own", "x"),)),
            "words only beside the option that asks for them",
        ),
        (
            "KEYS",
            AnswerValue(options=("other",), texts=(("other", "x" * 10_001),)),
            "at most 10,000 characters",
        ),
        ("A-R", percent(5, "guessed"), "one of the listed ways of knowing"),
    ],
)
def test_an_answer_is_refused_with_what_was_expected(item: str, given: AnswerValue, expected: str) -> None:
    assert expected_instead(QUESTIONNAIRE, QUESTIONNAIRE.item(item), given) == expected
