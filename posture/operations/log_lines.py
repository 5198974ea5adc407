"""Log formatter: one line of JSON per record, times in UTC, with the id of the request. It removes secrets by their
pattern, query strings, and rows that database errors quote."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")

MAX_TEXT_LENGTH = 8_000
REMOVED = "[removed]"
# Every pattern runs in linear time: no repetition is nested in another.
LINKS = re.compile(r"/(s|shared|welcome|reset|confirm)/[^\s\"'?#]{4,400}")
QUERIES = re.compile(r"\?[^\s\"'>\]]{1,4000}")
NAMED_SECRETS = re.compile(
    r"(?i)\b(bearer|token|password|passwd|secret|api[_-]?key|sessionid|csrftoken|authorization|cookie)\b"
    r"([\"']?\s{0,3}[:=]?\s{0,3})[^\s,;]{6,1000}"
)
API_TOKENS = re.compile(r"\bposture_[0-9a-f]{4,64}_[0-9A-Za-z_-]{8,200}")
LONG_RUNS = re.compile(r"[0-9A-Za-z_-]{32,300}")
DIGEST = re.compile(r"[0-9a-f]{64}")
ADDRESSES = re.compile(r"[^\s<>@\"',;:]{1,100}@[^\s<>@\"',;:]{1,200}")
QUOTED_ROWS = re.compile(r"(?m)^(DETAIL|CONTEXT|LINE \d{1,9}):.*$")


def redact(text: str) -> str:
    text = QUOTED_ROWS.sub(rf"\1: {REMOVED}", text[:MAX_TEXT_LENGTH])
    text = API_TOKENS.sub(REMOVED, LINKS.sub(rf"/\1/{REMOVED}", text))
    text = NAMED_SECRETS.sub(rf"\1\2{REMOVED}", QUERIES.sub("", text))
    return ADDRESSES.sub(REMOVED, LONG_RUNS.sub(lambda match: _without_secret(match[0]), text))


def _without_secret(run: str) -> str:
    """Keeps names and digests; removes a long run of random letters and digits."""
    digits = sum(character.isdigit() for character in run)
    is_name = not digits or ("-" in run and run == run.lower() and digits < len(run) / 4)
    return run if is_name or DIGEST.fullmatch(run) else REMOVED


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object per line; json escapes line ends and control characters."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
            "request": request_id.get(),
            "event": getattr(record, "event", ""),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = redact(
                "".join(traceback.format_exception(*record.exc_info))[-MAX_TEXT_LENGTH:]
            )
        return json.dumps({name: value for name, value in line.items() if value})
