"""Creates one open wave with any number of invited security leads, each of a separate organisation. It runs inside an
installation by `manage.py shell`."""

import json
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from surveys.fieldwork import invitations
from surveys.fieldwork.questionnaire_loader import newest_questionnaire
from surveys.fieldwork.waves import open_wave
from surveys.people.organizations import create_organization


@transaction.atomic
def print_tokens(sessions: int) -> None:
    """Invites the security leads and prints the tokens of their links."""
    now, tokens = timezone.now(), []
    questionnaire = newest_questionnaire("ai-agent-security")
    assert questionnaire is not None
    wave = open_wave(
        questionnaire,
        slug="faults",
        title="Faults",
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=30),
    )
    for number in range(sessions):
        organization = create_organization(name=f"Faults {number}", slug=f"faults-{number}")
        address = f"lead@faults-{number}.example"
        _, token = invitations.invite(organization, wave=wave, role="security_lead", address=address, at=now)
        tokens.append(token)
    print(json.dumps(tokens))
