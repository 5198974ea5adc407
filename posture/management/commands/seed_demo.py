"""Fills an empty installation with synthetic organisations: two waves, a published release, logins and links."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from posture.demo.fieldwork import answer_wave, organizations, second_wave
from posture.releases import compute_release, publish_release, request_release
from posture.tokens import create_token
from surveys import fieldwork
from surveys.catalogue import newest_questionnaire
from surveys.mail import invitation_url

QUESTIONNAIRE = "ai-agent-security"
FIRST_OPENS = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND_OPENS = datetime(2026, 9, 7, 9, tzinfo=UTC)
SECOND_STAYS_OPEN = timedelta(days=365)
TOKEN_LASTS = timedelta(days=365)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organizations", type=int, default=120)
        parser.add_argument("--seed", type=int, default=7)

    def handle(self, *args: Any, **options: Any) -> None:
        if get_user_model().objects.filter(email__endswith="@demo.example").exists():
            raise CommandError("The demo data is there already.")
        if options["organizations"] < 1:
            raise CommandError("--organizations must be 1 or more.")
        random, now = Random(options["seed"]), timezone.now()
        with transaction.atomic():
            logins = [self._login("analyst", is_staff=True), self._login("member", is_staff=False)]
            waves, members = self._waves(random, options["organizations"], now)
            slugs = self._release(waves[0], logins[0]["user"], now)
            invitations = self._newcomer(waves[1], logins[1]["user"], now)
            expires_at = now + TOKEN_LASTS
            _, token = create_token(logins[0]["user"], name="Demo", expires_at=expires_at, at=now)
        self._write(logins, token, invitations, slugs)
        self.stdout.write(f"{len(members)} synthetic organisations, two waves, release {', '.join(slugs)}.")

    def _login(self, role: str, *, is_staff: bool) -> dict[str, Any]:
        password = secrets.token_urlsafe(12)
        address = f"{role}@demo.example"
        user = get_user_model().objects.create_user(address, address, password, is_staff=is_staff)
        return {"role": role, "email": address, "password": password, "user": user}

    def _waves(self, random: Random, count: int, now: datetime) -> tuple[list[fieldwork.Wave], list[Any]]:
        questionnaire = newest_questionnaire(QUESTIONNAIRE)
        if questionnaire is None:
            raise CommandError("Load the definitions first: manage.py load_definitions.")
        members = organizations(random, count)
        waves: list[fieldwork.Wave] = []
        for title, opens_at, closes_at in (
            ("AI-agent security, spring 2026 (synthetic)", FIRST_OPENS, FIRST_OPENS + timedelta(days=60)),
            ("AI-agent security, autumn 2026 (synthetic)", SECOND_OPENS, now + SECOND_STAYS_OPEN),
        ):
            season = "spring" if not waves else "autumn"
            slug = f"{QUESTIONNAIRE}-2026-{season}"
            wave = fieldwork.open_wave(
                questionnaire,
                slug=slug,
                title=title,
                opens_at=opens_at,
                closes_at=closes_at,
                is_synthetic=True,
            )
            taking_part = second_wave(random, members) if waves else members
            answer_wave(random, wave, taking_part, at=opens_at + timedelta(days=1))
            waves.append(wave)
        return waves, members

    def _release(self, wave: fieldwork.Wave, analyst: Any, now: datetime) -> list[str]:
        release = request_release(wave.pk, by=analyst, at=now)
        compute_release(release.pk, at=now)
        publish_release(release, by=analyst, at=now)
        return [release.slug]

    def _newcomer(self, wave: fieldwork.Wave, member: Any, now: datetime) -> list[dict[str, str]]:
        """An organisation that nobody has answered for yet: the links of the walk in the README."""
        organization = fieldwork.create_organization(
            name="Your demo organisation",
            slug="demo",
            sector="technology",
            size_band="250-999",
            region="europe",
            is_synthetic=True,
        )
        fieldwork.add_member(organization, user=member)
        invitations = []
        for role in wave.questionnaire.definition.roles:
            address = f"{role.code.replace('_', '-')}@demo.example"
            _, token = fieldwork.invite(organization, wave=wave, role=role.code, address=address, at=now)
            invitations.append(
                {"organization": organization.name, "role": role.code, "url": invitation_url(token)}
            )
        return invitations

    def _write(self, logins: list[Any], token: str, invitations: list[Any], slugs: list[str]) -> None:
        path = settings.VAR / "demo.json"
        path.touch(mode=0o600)
        path.chmod(0o600)
        document = {
            "base_url": settings.BASE_URL,
            "logins": [{key: login[key] for key in ("role", "email", "password")} for login in logins],
            "api_token": token,
            "invitations": invitations,
            "releases": slugs,
        }
        path.write_text(json.dumps(document, indent=2) + "\n")
