"""Creates a link, a person and a token for the simulated day's work. It runs inside an installation by `manage.py
shell`."""

import json
import secrets
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from posture.accounts.tokens import create_token
from surveys.fieldwork import invitations
from surveys.people.memberships import add_member
from surveys.people.organizations import create_organization
from surveys.people.user_accounts import create_user
from surveys.tenancy.organization_scope import across_organizations
from tests.support.builders import make_wave, small_questionnaire


def print_world() -> None:
    now, password = timezone.now(), f"cnry-{secrets.token_hex(12)}"
    with across_organizations(), transaction.atomic():
        wave = make_wave(small_questionnaire(), slug="leakable")
        organization = create_organization(name="Leakable", slug="leakable")
        address = f"cnry{secrets.token_hex(8)}"
        _, link = invitations.invite(
            organization, wave=wave, role="engineer", address=f"{address}@leakable.example", at=now
        )
        person = create_user("viewer@leakable.example", password=password)
        add_member(organization, user=person)
        _, token = create_token(person, name="t", expires_at=now + timedelta(days=1), at=now)
    world = {"link": link, "password": password, "token": token.rpartition("_")[2], "address": address}
    print(json.dumps(world | {"account": person.email, "token": token}))


def write_in_clear() -> None:
    """Writes text in clear, as a version without sealing would."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE surveys_invitation SET address = 'written in clear'")
