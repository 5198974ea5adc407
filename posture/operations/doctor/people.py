"""Checks whether people with far-reaching rights have a second factor."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Q

from posture.operations.doctor.finding import Finding, make_finding


def findings(at: datetime) -> Iterator[Finding]:
    people = get_user_model().objects.filter(is_active=True)
    strong = Q(is_superuser=True) | Q(memberships__role="owner", memberships__status="active")
    for name, group in (
        ("administrators and owners", people.filter(strong)),
        ("analysts", people.filter(is_staff=True)),
    ):
        yield _with_second_factor(name, group.distinct())


def _with_second_factor(name: str, group: Any) -> Finding:
    count = group.count()
    if not apps.is_installed("allauth.mfa"):
        return make_finding(name, f"{count}, without second factors")
    covered = group.filter(authenticator__isnull=False).distinct().count()
    return make_finding(
        name,
        f"{covered} of {count} with a second factor",
        is_wrong=covered < count,
        fix="A stolen password opens everything: let each of them add a second factor under their account.",
    )
