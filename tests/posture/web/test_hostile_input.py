"""Sends hostile texts to every input that needs no browser: texts that no database stores, that take long, or that
are evaluated."""

import ast
import gc
import io
import re
import re._constants as marks  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from posture.launch.places import ROOT
from posture.web.routes import routes
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.invitations import invite
from surveys.fieldwork.questionnaire_loader import load_questionnaire, newest_questionnaire
from surveys.instrument.definition_file import InvalidDefinition
from surveys.instrument.plain_text import MAX_TEXT_LENGTH, expected_of_text
from surveys.instrument.questionnaire_definition import parse
from surveys.instrument.routing import AnswerValue
from surveys.mail import emails
from surveys.models import Answer, Job, Organization
from surveys.people.organizations import create_organization
from tests.posture.web.test_headers import address
from tests.support.builders import NOW, SMALL, make_organization, make_response, make_user, make_wave
from tests.support.hostile_texts import EVALUATED, TEMPLATES

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

MOST_SECONDS = 1.0
SLACK = 3
SPECIAL = ("\x00", "a\x00b", "\ud800", "\x1b[31m", "\u202eevil", "\ufeff", "-0", "1e308", "😀" * 5_000)
SPECIAL += ("e" + "\u0301" * 300,)
TEXT_ITEM = """
[[items]]
code = "WORDS"
section = "agents"
role = "engineer"
kind = "context"
type = "text"
wording = "Anything else?"
"""
# Any text, including invalid characters, with some texts just above the limit.
TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.sampled_from(SPECIAL),
    st.integers(MAX_TEXT_LENGTH - 1, MAX_TEXT_LENGTH + 1).map(lambda length: "ü" * length),
)


@pytest.fixture
def response() -> Any:
    return make_response(make_wave(loaded(SMALL + TEXT_ITEM)), make_organization(), "engineer")


def loaded(text: str) -> Any:
    load_questionnaire(text, name="small-1.toml", at=NOW)
    return newest_questionnaire("small")


def is_unwritable(one: str) -> bool:
    """Decides by the category of the characters, not by the product's pattern."""
    return (unicodedata.category(one) in ("Cc", "Cs") and one not in "\t\n\r") or one in "\ufffe\uffff"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
@example(text="\x00")
@example(text="\ud800")
@example(text="\u202e")
def test_a_text_is_stored_as_it_is_or_refused_in_words(response: Any, text: str) -> None:
    """The same test runs on both databases, and its expectation depends on neither."""
    recorded = record_answers(response, {"WORDS": AnswerValue(text=text)}, at=NOW)
    assert bool(recorded.refused) is (len(text) > 10_000 or any(map(is_unwritable, text)))
    if text and not recorded.refused:
        assert Answer.objects.get(response=response, item__code="WORDS").text == text


@pytest.fixture
def analyst() -> Client:
    client = Client()
    client.force_login(make_user("analyst", is_staff=True))
    return client


@pytest.mark.parametrize("text", [text for text in SPECIAL if text != "\ud800"])
def test_a_form_of_the_studio_answers_in_words(analyst: Client, text: str) -> None:
    wave = make_wave()
    form = {"name": text, "slug": "hostile", "sector": "", "size_band": "", "region": ""}
    answered = analyst.post(f"/studio/waves/{wave.slug}/organizations/", form)
    assert answered.status_code in (302, 422)
    stored = Organization.objects.filter(slug="hostile").first()
    assert stored is None or stored.name == text.strip()


def asked() -> Iterator[str]:
    for route in routes():
        if "GET" in route.methods:
            yield address(route)


@pytest.mark.parametrize("text", ["%00", "%ED%A0%80", "%1b", "x" * 20_000])
def test_an_address_is_refused_or_answered_but_never_fails(analyst: Client, text: str) -> None:
    call_command("load_definitions", verbosity=0)
    names = ("cohort", "organization", "page", "show", "release", "format", "cursor")
    query = "&".join(f"{name}={text}" for name in names)
    for path in asked():
        assert analyst.get(f"{path}?{query}").status_code < 500, path
        assert analyst.get(path.replace("absent", f"a{text[:80]}")).status_code < 500, path


HOSTILE = (
    "a" * 64_000,
    " " * 64_000,
    "<" * 64_000,
    "&lt;" * 16_000,
    "a@" * 32_000,
    "a," * 32_000,
    "(" * 64_000,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_header_takes_long(client: Client, text: str) -> None:
    began = time.process_time()
    for header in (
        "accept",
        "accept-language",
        "range",
        "cookie",
        "x-forwarded-for",
        "if-none-match",
        "authorization",
    ):
        assert client.get("/healthz", headers={header: text}).status_code < 500
        assert client.get("/api/v1/releases/", headers={header: text}).status_code < 500
    assert time.process_time() - began < MOST_SECONDS * SLACK


@pytest.mark.parametrize("text", HOSTILE)
def test_no_field_takes_long(analyst: Client, text: str) -> None:
    wave = make_wave()
    began = time.process_time()
    for path, fields in {
        f"/studio/waves/{wave.slug}/organizations/": ("name", "slug", "sector"),
        f"/studio/waves/{wave.slug}/invitations/": ("organization", "role", "address"),
        "/studio/waves/": ("questionnaire", "title", "slug", "opens_at"),
        "/studio/targets/": ("title", "code", "url", "as_of", "table"),
        "/studio/explorer/small/views/": ("name", "address"),
    }.items():
        assert analyst.post(path, dict.fromkeys(fields, text)).status_code < 500, path
    assert time.process_time() - began < MOST_SECONDS * SLACK


def test_a_part_in_base64_is_refused(analyst: Client) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\nYSxi\r\n--x--\r\n"
    )
    kind = "multipart/form-data; boundary=x"
    assert analyst.post("/studio/targets/", body, content_type=kind).status_code == 400
    plain = body.replace(b"Content-Transfer-Encoding: base64\r\n", b"")
    assert analyst.post("/studio/targets/", plain, content_type=kind).status_code == 422


# Regular expressions.


def patterns(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yields the name of each call and its pattern, None where the pattern is not a literal."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            module = node.func.value
            if isinstance(module, ast.Name) and module.id == "re" and node.func.attr != "escape":
                first = node.args[0]
                yield f"{path.name}:{node.lineno}", first.value if isinstance(first, ast.Constant) else None


def repeats_in_repeats(pattern: str) -> bool:
    return _nested(parser.parse(pattern), inside=False)


def _nested(parsed: Any, *, inside: bool) -> bool:
    return any(_repeats(kind, value, inside=inside) for kind, value in parsed)


def _repeats(kind: Any, value: Any, *, inside: bool) -> bool:
    if kind in (marks.MAX_REPEAT, marks.MIN_REPEAT):
        low, high, body = value
        many = high == marks.MAXREPEAT or high - low > 10
        return (many and inside) or _nested(body, inside=inside or many)
    if kind is marks.SUBPATTERN:
        return _nested(value[3], inside=inside)
    return kind is marks.BRANCH and any(_nested(one, inside=inside) for one in value[1])


def test_the_judge_of_patterns_knows_a_bad_one() -> None:
    assert repeats_in_repeats(r"^(a+)+$")
    assert repeats_in_repeats(r"(?:\s*,\s*\w+)*x")
    assert not repeats_in_repeats(r"a+b*[cd]{1,200}")


# csv_text: classes of characters from the module. row_security: names of tables, none of them from a user.
WRITTEN_WITH_VARIABLES = {"csv_text.py", "row_security.py", "numbers.py"}


def test_every_pattern_of_the_code_is_linear() -> None:
    found = {
        place: pattern
        for folder in ("surveys", "posture")
        for path in (ROOT / folder).rglob("*.py")
        if "program" not in path.parts
        for place, pattern in patterns(path)
    }
    assert found
    unknown = {place.partition(":")[0] for place, pattern in found.items() if pattern is None}
    assert unknown <= WRITTEN_WITH_VARIABLES
    assert [place for place, pattern in found.items() if pattern and repeats_in_repeats(pattern)] == []


def test_every_compiled_pattern_is_quick() -> None:
    """Patterns that are made of variables, and repetitions side by side, on texts that make them backtrack."""
    own = {
        one
        for module in [one for one in gc.get_objects() if type(one).__name__ == "module"]
        if str(getattr(module, "__name__", "")).startswith(("surveys", "posture"))
        for one in vars(module).values()
        if isinstance(one, re.Pattern) and isinstance(one.pattern, str)
    }
    assert own
    for pattern in own:
        for text in (
            *HOSTILE,
            "'" * 64_000,
            "/s/" * 20_000,
            "?" * 64_000,
            "token " * 10_000,
            "\t" * 64_000 + "x",
        ):
            began = time.process_time()
            pattern.search(text)
            pattern.match(text)
            assert time.process_time() - began < MOST_SECONDS * SLACK, pattern.pattern


# Definition files.

BOMBS = {
    "nested lists": "a = " + "[" * 10_000 + "]" * 10_000,
    "nested tables": "\n".join(f"[{'.'.join('a' * depth)}]" for depth in range(1, 200)),
    "a long dotted key": ".".join("a" * 5_000) + " = 1",
    "a huge number": "a = " + "9" * 5_000,
    "a number beyond measure": "a = 99999999999999999999",
    "not a number": "a = nan",
    "infinity": "a = 1e400",
    "the same key twice": 'slug = "a"\nslug = "b"',
    "many values": "a = [" + "1," * 200_000 + "]",
    "a long text": f'slug = "{"x" * 900_000}"',
    "more than a megabyte": "#" * 1_100_000,
    "a NUL": 'slug = "\\u0000"',
    "half a pair": 'slug = "\\ud800"',
    "open quotes": 'a = """' + "x\n" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_a_definition_is_refused_at_once(name: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidDefinition) as refused:
        parse(BOMBS[name], name="bomb.toml")
    assert time.process_time() - began < MOST_SECONDS * SLACK
    assert len(str(refused.value)) < 5_000


# Templates.


def test_nothing_that_somebody_wrote_is_evaluated(analyst: Client) -> None:
    """In pages and in mails, the texts appear as they were written."""
    wave = make_wave()
    for number, text in enumerate(TEMPLATES):
        organization = create_organization(name=text, slug=f"template-{number}")
        invite(organization, wave=wave, role="engineer", address="a@people.example", at=NOW, by_mail=True)
    page = analyst.get(f"/studio/waves/{wave.slug}/").content.decode()
    mails = "".join(str(job.sealed) for job in Job.objects.filter(kind=emails.MAIL))
    assert mails.count("a@people.example") == len(TEMPLATES)
    for shown in (page, mails):
        assert not [number for number in EVALUATED if number in shown]
        assert "only-for-tests" not in shown
    assert sum(text.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;").replace('"', "&quot;") in page
               for text in TEMPLATES) == len(TEMPLATES)  # fmt: skip


def test_a_file_with_hostile_words_is_refused_with_escaped_words(analyst: Client) -> None:
    content = io.BytesIO(b"dimension,category,count\n<script>window.hit=1</script>,{{ 7 }},x\n").getvalue()
    page = analyst.post(
        "/studio/targets/", {"title": "T", "file": SimpleUploadedFile("<img src=x>.csv", content)}
    )
    assert page.status_code == 422
    assert b"<script>window" not in page.content
    assert b"<img src=x>" not in page.content


def test_the_rule_of_texts_itself() -> None:
    assert expected_of_text("Zoë\tsaid:\r\n“ok” \u202b😀") is None
    assert all(expected_of_text(text) for text in ("\x00", "\x0b", "\x85", "\udfff", "x" * 10_001))
