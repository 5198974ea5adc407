"""Reads and writes an answer as JSON. An invalid body is refused with the field and the expected value."""

import json
from dataclasses import dataclass
from typing import Any

from surveys.instrument.routing import AnswerValue

MOST_DIGITS = 12
FIELDS = ("options", "number", "text", "basis", "texts")


@dataclass
class Unreadable(Exception):
    field: str
    expected: str


def read(body: bytes) -> AnswerValue:
    """Parses the body of a request. Raises Unreadable."""
    fields = _object(body)
    unknown = next((name for name in fields if name not in FIELDS), None)
    if unknown is not None:
        raise Unreadable(unknown[:100], f"one of the fields {', '.join(FIELDS)}")
    if not fields.keys() - {"basis"}:
        raise Unreadable(
            "body", "an answer: options, a number or a text; or an empty one of these to clear it"
        )
    return AnswerValue(
        options=_options(fields.get("options", [])),
        number=_number(fields.get("number")),
        text=_words("text", fields.get("text", "")),
        basis=_words("basis", fields.get("basis", "")),
        texts=_texts(fields.get("texts", {})),
    )


def shown(given: AnswerValue) -> dict[str, Any]:
    return {
        "options": list(given.options),
        "number": given.number,
        "text": given.text,
        "basis": given.basis,
        "texts": dict(given.texts),
    }


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_doubles,
            parse_constant=_no_number,
            parse_float=_no_number,
            parse_int=_whole,
        )
    except (ValueError, RecursionError):
        raise Unreadable("body", "a JSON object in UTF-8") from None
    if not isinstance(found, dict):
        raise Unreadable("body", "a JSON object in UTF-8")
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Unreadable("body", "each field once")
    return fields


def _no_number(_: str) -> None:
    raise Unreadable("number", "a whole number")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise Unreadable("number", f"a whole number of at most {MOST_DIGITS} digits")
    return int(digits)


def _number(found: Any) -> int | None:
    if found is not None and type(found) is not int:
        raise Unreadable("number", "a whole number, or null")
    return found


def _options(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(code, str) for code in found):
        raise Unreadable("options", "a list of option codes")
    return tuple(found)


def _words(field: str, found: Any) -> str:
    if not isinstance(found, str):
        raise Unreadable(field, "a text")
    return found.strip()


def _texts(found: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(found, dict) or not all(isinstance(words, str) for words in found.values()):
        raise Unreadable("texts", "an object of option codes with the words beside them")
    return tuple((code, words.strip()) for code, words in found.items() if words.strip())
