"""Reads and writes an answer as JSON. An invalid body is refused with the field and the expected value."""

import json
from dataclasses import dataclass
from typing import Any

from surveys.instrument.routing import AnswerValue

MAX_DIGITS = 12
FIELDS = ("options", "number", "text", "basis", "texts")


@dataclass
class InvalidAnswerJson(Exception):
    field: str
    expected: str


def parse_answer(body: bytes) -> AnswerValue:
    """Parses the body of a request. Raises Unreadable."""
    fields = _object(body)
    unknown = next((name for name in fields if name not in FIELDS), None)
    if unknown is not None:
        raise InvalidAnswerJson(unknown[:100], f"one of the fields {', '.join(FIELDS)}")
    if not fields.keys() - {"basis"}:
        raise InvalidAnswerJson(
            "body", "an answer: options, a number or a text; or an empty one of these to clear it"
        )
    return AnswerValue(
        options=_options(fields.get("options", [])),
        number=_number(fields.get("number")),
        text=_text("text", fields.get("text", "")),
        basis=_text("basis", fields.get("basis", "")),
        texts=_texts(fields.get("texts", {})),
    )


def as_json(answer: AnswerValue) -> dict[str, Any]:
    return {
        "options": list(answer.options),
        "number": answer.number,
        "text": answer.text,
        "basis": answer.basis,
        "texts": dict(answer.texts),
    }


def _object(body: bytes) -> dict[str, Any]:
    try:
        body_value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object_without_duplicates,
            parse_constant=_refuse_number,
            parse_float=_refuse_number,
            parse_int=_whole_number,
        )
    except (ValueError, RecursionError):
        raise InvalidAnswerJson("body", "a JSON object in UTF-8") from None
    if not isinstance(body_value, dict):
        raise InvalidAnswerJson("body", "a JSON object in UTF-8")
    return body_value


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidAnswerJson("body", "each field once")
    return fields


def _refuse_number(_: str) -> None:
    raise InvalidAnswerJson("number", "a whole number")


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise InvalidAnswerJson("number", f"a whole number of at most {MAX_DIGITS} digits")
    return int(digits)


def _number(value: Any) -> int | None:
    if value is not None and type(value) is not int:
        raise InvalidAnswerJson("number", "a whole number, or null")
    return value


def _options(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise InvalidAnswerJson("options", "a list of option codes")
    return tuple(value)


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidAnswerJson(field, "a text")
    return value.strip()


def _texts(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise InvalidAnswerJson("texts", "an object of option codes with the words beside them")
    return tuple((code, text.strip()) for code, text in value.items() if text.strip())
