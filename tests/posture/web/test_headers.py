"""Tests the headers of every response for browsers and caches, error pages, and the content of the log."""

import json
import logging
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.management import call_command
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import path

from posture import middleware
from posture import urls as project
from posture.operations.log_lines import JsonLines, redact
from posture.web.routes import Route, routes
from surveys.models import SecurityCount
from surveys.rate_limits import limits
from surveys.rate_limits.limits import Rate
from surveys.web.access import public
from tests.support.builders import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.database]

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
NEVER = ("Server", "X-Powered-By", "Access-Control-Allow-Origin")
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "report-uri /csp-report",
    "report-to csp",
}
EMPTY_SHEET = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"


def address(route: Route) -> str:
    values = {"uuid": str(uuid.uuid4()), "int": "1", "slug": "absent", "str": "absent"}
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: values[found[1] or "str"], route.pattern)


def deviations(route: Route, headers: Any) -> Iterator[str]:
    """Yields deviations from the table in the specification. The table is repeated here, so that a mistake in the
    product is found."""
    is_respondent = route.pattern.startswith(("/s/", "/respond/")) or route.access == "respondent"
    is_of_reset = route.pattern.startswith("/account/password/reset/")
    has_secret = is_of_reset or (re.search(r"<str:(token|key)>", route.pattern) and route.access == "public")
    for name, expected in EVERYWHERE.items():
        if headers.get(name) != expected:
            yield f"{name}: {headers.get(name)}"
    if "no-store" not in headers.get("Cache-Control", ""):
        yield f"Cache-Control: {headers.get('Cache-Control')}"
    yield from (f"{name} is sent" for name in NEVER if name in headers)
    expected_referrer = "no-referrer" if is_respondent or has_secret else "same-origin"
    if headers.get("Referrer-Policy") != expected_referrer:
        yield f"Referrer-Policy: {headers.get('Referrer-Policy')}"
    if (is_respondent or has_secret or route.access != "public") and headers.get("X-Robots-Tag") != "noindex":
        yield "search engines may keep it"
    policy = {one.strip() for one in headers.get("Content-Security-Policy", "").split(";")}
    extra = {"require-trusted-types-for 'script'"} if is_respondent else set()
    if policy != POLICY | extra and not is_of_charts(policy):
        yield f"policy: {sorted(policy ^ (POLICY | extra))}"
    permissions = headers.get("Permissions-Policy", "")
    if not {"camera=()", "microphone=()", "geolocation=()", "payment=()", "usb=()"} <= set(
        permissions.split(", ")
    ):
        yield f"Permissions-Policy: {permissions}"
    if "=()" in permissions and re.search(r"=(?!\(\))", permissions):
        yield "something is permitted"


def is_of_charts(policy: set[str]) -> bool:
    added = {one for one in policy - POLICY if not one.startswith(("style-src-elem ", "img-src "))}
    return not added and any(EMPTY_SHEET in one for one in policy) and "unsafe" not in str(policy)


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_route_keeps_to_the_table(client: Client, method: str) -> None:
    call_command("load_definitions", verbosity=0)
    found = {}
    for route in routes():
        response = getattr(client, method)(address(route))
        if wrong := list(deviations(route, response.headers)):
            found[route.pattern] = wrong
        for cookie in response.cookies.values():
            assert cookie["samesite"] in ("Lax", "Strict"), route.pattern
            assert not cookie["domain"], route.pattern
    assert found == {}


def test_a_header_left_out_would_show(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: no response gets the headers."""
    call_command("load_definitions", verbosity=0)
    monkeypatch.setattr(middleware, "_set_headers", lambda request, response: None)
    home = next(route for route in routes() if route.name == "posture:home")
    assert len(list(deviations(home, client.get("/").headers))) >= 3


def test_nothing_unsafe_is_allowed_anywhere() -> None:
    assert "unsafe" not in json.dumps([settings.CONTENT_SECURITY_POLICY, settings.CHART_POLICY])


@pytest.mark.parametrize(
    "report",
    [
        {
            "csp-report": {
                "violated-directive": "script-src",
                "blocked-uri": "inline",
                "document-uri": "/s/abcdefghijkl/",
            }
        },
        [{"type": "csp-violation", "body": {"effectiveDirective": "script-src", "blockedURL": "inline"}}],
    ],
)
def test_a_breach_is_noted_and_counted(client: Client, caplog: Any, report: Any) -> None:
    content = json.dumps(report)
    assert client.post("/csp-report", content, content_type="application/csp-report").status_code == 204
    assert "inline" in caplog.text
    assert SecurityCount.objects.get(event="policy breach").count == 1


@pytest.mark.parametrize("body", ["", "x", "[" * 5_000, '{"csp-report": 5}', "[[]]", "x" * 9_000])
def test_a_report_that_is_none_changes_nothing(client: Client, body: str) -> None:
    assert client.post("/csp-report", body, content_type="application/json").status_code == 204
    assert not SecurityCount.objects.exists()


def test_reports_have_a_rate(client: Client) -> None:
    statuses = [
        client.post("/csp-report", "{}", content_type="application/json").status_code for _ in range(25)
    ]
    assert statuses == [204] * 20 + [429] * 5


# Errors.


@public("GET")
def failing(request: HttpRequest) -> None:
    kind = request.GET["kind"]
    if kind == "429":
        for _ in range(3):
            limits.enforce("test", "me", rate=Rate(2, 60), at=NOW)
    errors = {"503": OperationalError("away"), "400": SuspiciousOperation("odd")}
    raise errors.get(kind, RuntimeError("KEY=(secret answer)"))


urlpatterns = [*project.urlpatterns, path("failing/", failing)]
handler400, handler403, handler500 = project.handler400, project.handler403, project.handler500


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(("kind", "retry_after"), [("400", None), ("429", "30"), ("500", None), ("503", "5")])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_errors_say_what_and_under_which_number(kind: str, retry_after: str | None, accept: str) -> None:
    client = Client(raise_request_exception=False)
    response = client.get(f"/failing/?kind={kind}", headers={"accept": accept})
    assert (response.status_code, response.headers.get("Retry-After")) == (int(kind), retry_after)
    assert response.headers["X-Request-ID"] in response.content.decode()
    assert "secret answer" not in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"


def test_too_much_is_refused_before_it_is_read(client: Client) -> None:
    long = client.post(
        "/account/login/", {"x": "y" * 1_100_000}, content_type="application/x-www-form-urlencoded"
    )
    assert (long.status_code, b"This is too large" in long.content) == (413, True)
    many = {f"field{number}": "" for number in range(1_100)}
    assert client.post("/account/login/", many).status_code == 400


def test_a_forged_form_gets_our_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/account/login/", {})
    assert (response.status_code, b"came from elsewhere" in response.content) == (403, True)


@pytest.mark.parametrize(
    ("origin", "site", "is_ours"),
    [
        ("null", "same-origin", True),
        ("null", "cross-site", False),
        ("null", "same-site", False),
        ("null", None, False),
        ("https://evil.example", "same-origin", False),
    ],
)
def test_a_page_that_hides_where_one_comes_from_can_still_send_its_form(
    origin: str, site: str | None, is_ours: bool
) -> None:
    """Browsers send `Origin: null` with forms of pages under `Referrer-Policy: no-referrer`."""
    client = Client(enforce_csrf_checks=True)
    client.get("/account/login/")
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    headers = {"origin": origin} | ({"sec-fetch-site": site} if site else {})
    response = client.post("/account/login/", {"csrfmiddlewaretoken": token}, headers=headers, secure=True)
    assert (response.status_code != 403) is is_ours
    assert client.post("/account/login/", {}, headers=headers, secure=True).status_code == 403


@override_settings(SECURE_SSL_REDIRECT=True)
def test_the_interface_for_machines_does_not_redirect_what_came_in_the_clear(client: Client) -> None:
    assert client.get("/api/v1/releases/").status_code == 400
    assert client.get("/").status_code == 301
    assert client.get("/api/v1/releases/", secure=True).status_code == 401


# Logs.

LINES = [
    ("Not Found: /s/3vO-b8sQ0kXyPq2LmZt7Rw9uJc5HfGd1/", "3vO-b8sQ0kXyPq2LmZt7Rw9uJc5HfGd1"),
    ("Not Found: /account/password/reset/1/c9x2-abcdef/", "c9x2-abcdef"),
    ("Not Found: /welcome/aBcDeFgH/", "aBcDeFgH"),
    ("Not Found: /shared/aBcDeFgH/", "aBcDeFgH"),
    ("GET /account/reset/?token=abcdef123456", "abcdef123456"),
    ("Authorization: Bearer posture_0a1b2c3d_" + "0f" * 32, "0f0f0f"),
    ("sessionid=qk3v9x0c2m4n6b8v1x3z5l7k9j0h2g4f", "qk3v9x0c"),
    ("key (3vO-b8sQ0kXyPq2LmZt7Rw9uJc5HfGd1x4w)", "3vO-b8sQ"),
    ("insert failed\nDETAIL: Failing row contains (1, what they wrote).", "what they wrote"),
    ("no mail to jane.doe@people.example", "jane.doe"),
]


def formatted(text: str) -> str:
    return JsonLines().format(logging.LogRecord("x", logging.INFO, "", 0, text, None, None))


@pytest.mark.parametrize(("text", "secret"), LINES)
def test_what_opens_something_is_not_logged(text: str, secret: str) -> None:
    assert secret not in formatted(text)


def test_names_and_digests_stay() -> None:
    for text in (
        "Not Found: /releases/ai-agent-security-2026-spring-r1/",
        f"audit anchor: chain 3, 17 entries, head {'0a' * 32}",
        "posture.operations.tasks.compute_waiting_releases_of_all_waves",
    ):
        assert redact(text) == text


def test_a_line_is_one_line() -> None:
    line = formatted('a\r\n{"forged": 1}\x1b[31m\u2028')
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert json.loads(line)["time"].endswith("+00:00")


def test_long_lines_take_no_time() -> None:
    for text in ("a" * 1_000_000, "/s/" * 300_000, "?" * 1_000_000, "a@" * 500_000, "token " * 100_000):
        assert len(redact(text)) <= 100_000
