"""Tests messages about wrong settings, and safe defaults."""

import base64
import os
import secrets
import subprocess
import sys

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from posture.checks import every_route_declares_access
from posture.launch.places import ROOT

pytestmark = pytest.mark.long

PRODUCTION = {
    "SECRET_KEY": secrets.token_urlsafe(64),
    "BASE_URL": "https://posture.example",
    "ALLOWED_HOSTS": "posture.example",
    "DATABASE_URL": "postgresql://posture:password@database.example/posture",
    "REDIS_URL": "redis://redis.example:6379/0",
    "INSTALLATION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}
UNSET = ("POSTURE_EMBEDDED", "POSTURE_VAR", "DEBUG", "DJANGO_ALLOW_ASYNC_UNSAFE")


def manage(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | PRODUCTION | changed,
        capture_output=True,
        text=True,
    )


def test_production_is_clean() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"BASE_URL": ""}, "posture.E003"),
        ({"BASE_URL": "http://posture.example"}, "posture.E003"),
        ({"SUPPRESSION_THRESHOLD": "4"}, "posture.E002"),
        ({"INSTALLATION_KEY": "short"}, "posture.E011"),
        ({"INSTALLATION_KEY": "", "POSTURE_VAR": "/proc/none"}, "posture.E011"),
        ({"SECRET_KEY": secrets.token_urlsafe(36)}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "abc123" * 10}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "django-insecure-" + secrets.token_urlsafe(64)}, "SECRET_KEY can be guessed"),
        ({"POSTURE_VAR": "/proc/none", "SECRET_KEY": ""}, "its file cannot be used"),
        ({"DEBUG": "true"}, "security.W018"),
        (
            {
                "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "EMAIL_HOST": "mail.example",
                "EMAIL_USE_TLS": "false",
            },
            "posture.E010",
        ),
    ],
)
def test_what_breaks_a_promise_is_refused(changed: dict[str, str], expected: str) -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **changed)
    assert done.returncode != 0
    assert expected in done.stderr


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("anywhere/", undeclared)]


@override_settings(ROOT_URLCONF=__name__)
def test_a_route_without_a_policy_is_an_error() -> None:
    (error,) = every_route_declares_access()
    assert error.id == "posture.E001"
    assert "/anywhere/" in error.msg


def test_routes_are_listed_as_data() -> None:
    done = manage("routes", "--json")
    assert done.returncode == 0, done.stderr
    assert '"access": "respondent"' in done.stdout
