"""Fills an empty installation with synthetic organisations: two waves with their published releases, one that is open,
logins and links."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from posture.accounts.second_factors import activate_authenticator_app
from posture.accounts.tokens import create_token
from posture.demo.canary_world import build_canary_data
from posture.demo.fieldwork import (
    ANSWERED_SO_FAR,
    STAY_RATE,
    answer_wave,
    later_members,
    organizations,
    random_members,
)
from posture.demo.shared_report import SharedReport, make_files, share_a_report
from posture.demo.statement import synthetic_statement
from posture.documents.making import FORMATS, content_of, keep
from posture.models import Release
from posture.models.number_address import absolute_address
from posture.releases.lifecycle import compute_release, publish_release, request_release
from posture.releases.wave_cohorts import choose_cohort
from posture.reports.gap import report_address
from posture.views.shared_reports import shared_report_url
from surveys.fieldwork.invitations import invite
from surveys.fieldwork.questionnaire_loader import newest_questionnaire
from surveys.fieldwork.waves import open_wave, state_wave
from surveys.instrument.cohorts import ALL
from surveys.mail.emails import invitation_url
from surveys.people import memberships
from surveys.people.memberships import add_member
from surveys.people.organizations import create_organization
from surveys.people.user_accounts import create_user

if TYPE_CHECKING:
    from surveys.models import Wave

QUESTIONNAIRE = "ai-agent-security"
OPENS = (
    datetime(2025, 9, 8, 9, tzinfo=UTC),
    datetime(2026, 3, 2, 9, tzinfo=UTC),
    datetime(2026, 9, 7, 9, tzinfo=UTC),
)
CLOSES_AFTER = timedelta(days=60)
LAST_WAVE_DURATION = timedelta(days=365)
TOKEN_LIFETIME = timedelta(days=365)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organizations", type=int, default=120)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument(
            "--canary",
            type=Path,
            help="Create the data of the access tests, and list its parts in this file.",
        )
        parser.add_argument("--tenants", type=int, default=3, help="Number of organisations, with --canary.")

    def handle(self, *args: Any, **options: Any) -> None:
        if get_user_model().objects.filter(email__endswith="@demo.example").exists():
            raise CommandError("The demo data is there already.")
        if options["organizations"] < 1:
            raise CommandError("--organizations must be 1 or more.")
        random, now = Random(options["seed"]), timezone.now()
        if options["canary"] is not None:
            with transaction.atomic():
                data = build_canary_data(random, tenants=options["tenants"], at=now)
            write_private(options["canary"], data.document)
            return
        with transaction.atomic():
            logins = [self._login(role) for role in ("analyst", "member", "owner", "admin")]
            waves, count = self._waves(random, options["organizations"], now)
            earlier = self._release(waves[0], logins[0]["user"], now, None)
            release = self._release(waves[1], logins[0]["user"], now, earlier)
            choose_cohort(waves[2].pk, release, by=logins[0]["user"], at=now)
            slugs = [release.slug, earlier.slug]
            documents = self._documents(release, now)
            invitations = self._newcomer(waves[2], logins, now)
            shared = share_a_report(waves[1], at=now)
            if shared is not None:
                add_member(shared.organization, user=logins[1]["user"])
                documents += make_files(shared, at=now)
            expires_at = now + TOKEN_LIFETIME
            _, token = create_token(logins[0]["user"], name="Demo", expires_at=expires_at, at=now)
        self._write(
            [*logins, *([shared.login] if shared else [])], token, invitations, slugs, shared, documents
        )
        self.stdout.write(f"{count} synthetic organisations, three waves, releases {', '.join(slugs)}.")

    def _login(self, role: str) -> dict[str, Any]:
        """Creates a login. Owners and admins need a second factor; its secret is written down, because this is a
        demonstration."""
        password, address = secrets.token_urlsafe(12), f"{role}@demo.example"
        user = create_user(address, password=password)
        user.is_staff, user.is_superuser = role in ("analyst", "admin"), role == "admin"
        user.save(update_fields=["is_staff", "is_superuser"])
        login = {"role": role, "email": address, "password": password, "user": user}
        return login | (
            {"totp_secret": activate_authenticator_app(user)} if role in ("owner", "admin") else {}
        )

    def _waves(self, random: Random, count: int, now: datetime) -> tuple[list[Wave], int]:
        """Creates three waves, the last of which is open. `count` organisations answer in the second one; some of
        them and some others answered in the first."""
        questionnaire = newest_questionnaire(QUESTIONNAIRE)
        if questionnaire is None:
            raise CommandError("Load the definitions first: manage.py load_definitions.")
        all_members = organizations(random, round(count * (2 - STAY_RATE)))
        members = all_members[:count]
        first = [*random_members(random, members, STAY_RATE), *all_members[count:]]
        second = later_members(random, members)
        third = random_members(random, later_members(random, second), ANSWERED_SO_FAR)
        seasons = ("autumn", "spring", "autumn")
        waves: list[Wave] = []
        for season, opens_at, participants in zip(seasons, OPENS, (first, second, third), strict=True):
            closes_at = opens_at + CLOSES_AFTER if opens_at != OPENS[-1] else now + LAST_WAVE_DURATION
            wave = self._wave(questionnaire, season, opens_at, closes_at)
            invited = len(participants) + (opens_at == OPENS[-1])
            state_wave(wave, synthetic_statement(invited), at=opens_at)
            answer_wave(random, wave, participants, at=opens_at + timedelta(days=1))
            waves.append(wave)
        return waves, len(all_members)

    def _wave(self, questionnaire: Any, season: str, opens_at: datetime, closes_at: datetime) -> Wave:
        return open_wave(
            questionnaire,
            slug=f"{QUESTIONNAIRE}-{opens_at.year}-{season}",
            title=f"AI-agent security, {season} {opens_at.year} (synthetic)",
            opens_at=opens_at,
            closes_at=closes_at,
            is_synthetic=True,
        )

    def _release(self, wave: Wave, analyst: Any, now: datetime, follows: Release | None) -> Release:
        release = request_release(wave.pk, by=analyst, at=now, follows=follows)
        compute_release(release.pk, at=now)
        publish_release(release, by=analyst, at=now)
        return Release.objects.get(pk=release.pk)

    def _newcomer(self, wave: Wave, logins: list[dict[str, Any]], now: datetime) -> list[dict[str, str]]:
        """Creates an organisation without answers: its links are for the tour in the README."""
        organization = create_organization(
            name="Your demo organisation",
            slug="demo",
            sector="technology",
            size_band="250-999",
            region="europe",
            is_synthetic=True,
        )
        add_member(organization, user=logins[1]["user"])
        add_member(organization, user=logins[2]["user"], role=memberships.Role.OWNER)
        invitations = []
        for role in wave.questionnaire.definition.roles:
            address = f"{role.code.replace('_', '-')}@demo.example"
            _, token = invite(organization, wave=wave, role=role.code, address=address, at=now)
            invitations.append(
                {"organization": organization.name, "role": role.code, "url": invitation_url(token)}
            )
        return invitations

    def _documents(self, release: Release, now: datetime) -> list[dict[str, str]]:
        """Makes the files of the report of all organisations at once, so that they can be opened without waiting."""
        for form in FORMATS:
            content = content_of(release, ALL, form)
            if content is not None:
                keep(release, ALL, form, content, at=now)
        return [
            {"kind": "gap", "format": form, "url": absolute_address(report_address(release.slug, form))}
            for form in FORMATS
        ]

    def _write(
        self,
        logins: list[Any],
        token: str,
        invitations: list[Any],
        slugs: list[str],
        shared: SharedReport | None,
        documents: list[dict[str, str]],
    ) -> None:
        document = {
            "base_url": settings.BASE_URL,
            "logins": [{key: login[key] for key in login if key != "user"} for login in logins],
            "api_token": token,
            "invitations": invitations,
            "releases": slugs,
            "documents": documents,
            "shared_reports": [_shown(shared)] if shared else [],
        }
        write_private(settings.VAR / "demo.json", document)


def _shown(shared: SharedReport) -> dict[str, str]:
    return {
        "organization": shared.organization.name,
        "url": shared_report_url(shared.token),
        "passphrase": shared.passphrase,
    }


def write_private(path: Path, document: dict[str, Any]) -> None:
    """Writes a file that only this user can read, because it contains passwords."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(document, indent=2) + "\n")
