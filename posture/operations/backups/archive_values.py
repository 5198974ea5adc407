"""Converts values to the form that both databases share in an archive: JSON, times in UTC, bytes in base64."""

import base64
import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from posture.operations.backups.errors import BackupError

Converter = Callable[[Any], Any]

KINDS = {
    "AutoField": "integer",
    "BigAutoField": "integer",
    "SmallAutoField": "integer",
    "IntegerField": "integer",
    "BigIntegerField": "integer",
    "SmallIntegerField": "integer",
    "PositiveIntegerField": "integer",
    "PositiveBigIntegerField": "integer",
    "PositiveSmallIntegerField": "integer",
    "BooleanField": "boolean",
    "FloatField": "float",
    "DecimalField": "decimal",
    "CharField": "text",
    "TextField": "text",
    "SlugField": "text",
    "FileField": "text",
    "FilePathField": "text",
    "GenericIPAddressField": "text",
    "UUIDField": "uuid",
    "BinaryField": "bytes",
    "JSONField": "json",
    "DateTimeField": "moment",
    "DateField": "date",
    "TimeField": "time",
    "DurationField": "duration",
}


def kind_of(field: Any) -> str:
    while field.remote_field is not None:
        field = field.target_field
    try:
        return KINDS[field.get_internal_type()]
    except KeyError:
        raise BackupError(
            f"Backups do not know how to keep {field}: add its kind to posture/operations/backups/archive_values.py."
        ) from None


def from_database(kind: str) -> Converter | None:
    """Returns the converter for a column; None if the database already returns the shared form."""
    return _FROM_DATABASE.get(kind)


def into_database(kind: str, vendor: str) -> Converter | None:
    return (_INTO_SQLITE if vendor == "sqlite" else _INTO_POSTGRESQL).get(kind)


def canonical(text: str | None) -> str | None:
    """Returns the same text for equivalent JSON texts: PostgreSQL reorders keys and writes numbers in full."""
    if text is None:
        return None
    return json.dumps(json.loads(text, parse_float=_number), sort_keys=True, separators=(",", ":"))


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if math.isfinite(number) and number.is_integer() else number


def _float(value: Any) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else repr(number)


def _decimal(value: Any) -> str:
    """Removes trailing zeros, because SQLite stores numbers, not digits."""
    return format(Decimal(str(value)).normalize(), "f")


def _utc_text(value: Any) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None)) if isinstance(value, datetime) else str(value)


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _uuid(value: Any) -> str:
    return str(value).replace("-", "")


def _microseconds(value: Any) -> int:
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else int(value)


def _base64(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode()


def _day_or_time(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else re.sub(r"\.000000$", "", str(value))


_FROM_DATABASE: dict[str, Converter] = {
    "boolean": bool,
    "float": _float,
    "decimal": _decimal,
    "uuid": _uuid,
    "bytes": _base64,
    "json": _json,
    "moment": _utc_text,
    "date": _day_or_time,
    "time": _day_or_time,
    "duration": _microseconds,
}
_INTO_SQLITE: dict[str, Converter] = {"bytes": base64.b64decode, "float": float}
_INTO_POSTGRESQL: dict[str, Converter] = {
    "bytes": base64.b64decode,
    "float": float,
    "moment": lambda text: f"{text}+00",
    "duration": lambda microseconds: timedelta(microseconds=microseconds),
}
