"""Sends requests that no browser would send to every route. No response is a server error, and each has the headers
that every response has."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test.client import ClientHandler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.web.charset import replace_other_charset
from posture.web.routes import Route, routes
from tests.access.bodies import SAVE_HEADERS, body_of
from tests.access.callers import CALLER
from tests.access.world import World, rolled_back
from tests.faults.harness import options

pytestmark = [pytest.mark.django_db, pytest.mark.database]

EXAMPLES = 10
REQUIRED_HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "X-Request-ID", "Permissions-Policy")
# A digit that is no number, digits of other scripts, too many digits, halves of characters, encodings.
ODD_TEXTS = (
    "²",
    "٣",
    "９",
    "1" * 30,
    "9" * 5000,
    "-1",
    "1e308",
    "NaN",
    "\ud800",
    "\x00",
    "a\x00b",
    "%00",
    "%ff",
    "'",
    "{{7*7}}",
)
ODD_TEXTS += (
    "../../etc/passwd",
    "😀" * 300,
    "\u202e",
    "",
    " ",
    "null",
    "[]",
    "{}",
    "true",
    "0x10",
    "cD1hYmM=",
    "cj0xJnA9w6k=",
    "bz1h",
)
VALUES = st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=20), st.integers().map(str))
# The characters that a header can hold: Latin-1 without control characters.
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
CHARSETS = st.sampled_from(
    ["base64", "rot13", "utf-16", "idna", "punycode", "hex", "undefined", "none", "utf-8", '"', "é"]
)
TYPES = st.sampled_from(
    ["application/x-www-form-urlencoded", "application/json", "multipart/form-data", "text/plain", "/", "é"]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "ACCEPT", "ACCEPT_LANGUAGE", "AUTHORIZATION", "COOKIE", "IF_MATCH", "IF_NONE_MATCH", "IF_MODIFIED_SINCE",
            "IDEMPOTENCY_KEY", "ORIGIN", "RANGE", "REFERER", "SEC_FETCH_SITE", "X_FORWARDED_FOR", "X_FORWARDED_PROTO",
            "X_REQUESTED_WITH", "TRANSFER_ENCODING", "CONTENT_ENCODING",
        ]
    ).map(lambda name: f"HTTP_{name}"),
    WORDS,
    max_size=3,
)  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from(
        ["cursor", "page", "page_size", "release", "format", "by", "cohort", "next", "option", "item", "q"]
    ),
    VALUES,
    max_size=3,
)
FORM_FIELDS = (
    "session",
    "action",
    "role",
    "uuid",
    "pk",
    "address",
    "email",
    "name",
    "days",
    "questionnaire",
    "closes_at",
)


@st.composite
def odd_bodies(draw: st.DrawFn, body: dict[str, Any]) -> tuple[bytes, str]:
    """Generates form fields and other fields, some with odd values, or bytes that are no form."""
    names = st.sampled_from([*body, *FORM_FIELDS])
    fields = body | draw(st.dictionaries(names, VALUES, max_size=3))
    content_type, charset = draw(TYPES), draw(st.none() | CHARSETS)
    if content_type == "application/json":
        content = json.dumps(fields).encode()
    elif draw(st.booleans()):
        content = "&".join(
            f"{name}={quote(str(value), errors='replace')}" for name, value in fields.items()
        ).encode()
    else:
        content = draw(st.binary(max_size=60))
    return content, content_type if charset is None else f"{content_type}; charset={charset}"


class Handler(ClientHandler):
    """The handler with the middleware that `posture.wsgi` puts before Django."""

    def __call__(self, environ: dict[str, Any]) -> Any:
        replace_other_charset(environ)
        return super().__call__(environ)


def percent_encoded(value: str) -> str:
    """Percent-encodes any bytes for an address."""
    return quote(value, safe="", errors="surrogatepass")


def query_of(query: dict[str, str]) -> str:
    return "&".join(f"{name}={percent_encoded(value)}" for name, value in query.items())


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.pattern)
def test_odd_requests_cause_no_server_error(route: Route, world: World) -> None:
    side = world.sides[0]
    body = body_of(route, world, side)
    with rolled_back():
        client = world.client(CALLER[str(route.access)], side)
        client.handler = Handler(enforce_csrf_checks=False)
        odd_parameters = dict.fromkeys(route.parameters, ODD_TEXTS)

        @settings(
            max_examples=options.number("EXAMPLES", EXAMPLES),
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            method=st.sampled_from(["GET", *route.methods]),
            query=QUERIES,
            sent=odd_bodies(body),
            headers=HEADERS,
            other=st.fixed_dictionaries(
                {}, optional={name: st.sampled_from(values) for name, values in odd_parameters.items()}
            ),
        )
        def ask(
            method: str,
            query: dict[str, str],
            sent: tuple[bytes, str],
            headers: dict[str, str],
            other: dict[str, str],
        ) -> None:
            address = world.address(
                route, side, **{name: percent_encoded(value) for name, value in other.items()}
            )
            address += ("&" if "?" in address else "?") + query_of(query)
            all_headers = (SAVE_HEADERS if method == "PUT" else {}) | headers
            content, kind = sent if method != "GET" else (b"", "application/octet-stream")
            with rolled_back():
                answer = client.generic(method, address, content, content_type=kind, **all_headers)
            is_broken = answer.status_code >= 500 and route.name != "readyz"
            assert not is_broken, (method, address, sent, headers, answer.status_code)
            missing = [name for name in REQUIRED_HEADERS if name not in answer]
            assert missing == [], (method, address, answer.status_code, missing)

        ask()
