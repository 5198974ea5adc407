"""Builds small worlds for tests: plain functions that call the real verbs, with explicit defaults."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.utils import timezone

from posture.accounts.second_factors import activate_authenticator_app
from surveys.fieldwork import invitations, respondent_sessions
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.questionnaire_loader import load_questionnaire, newest_questionnaire
from surveys.fieldwork.responses import open_response, submit_response
from surveys.fieldwork.waves import open_wave
from surveys.instrument.routing import AnswerValue
from surveys.models import (
    ImportRemark,
    ImportRun,
    Membership,
    Organization,
    Questionnaire,
    RespondentSession,
    Response,
    Wave,
)
from surveys.people.memberships import add_member
from surveys.people.organizations import create_organization
from surveys.people.user_accounts import create_user
from surveys.web.access import cookie_name

NOW = datetime.now(tz=UTC).replace(microsecond=0)

SMALL = """
slug = "small"
version = "1"
title = "Small questionnaire"
unit = "organization"
introduction = "For tests."
source = "Written for tests."
reviewed_on = 2026-01-01

[[roles]]
code = "executive"
label = "Executive"
minutes = 1

[[roles]]
code = "engineer"
label = "Engineer"
minutes = 1

[[evidence_bases]]
code = "exported"
label = "Exported from a system"

[[evidence_bases]]
code = "estimated"
label = "Estimated without records"
counts_as_evidence = false

[[sections]]
code = "agents"
title = "Agents"

[[sections]]
code = "incidents"
title = "Incidents"

[[pairs]]
code = "A-P"
label = "Agents in the inventory"
object = "Agents in the inventory"
gap = "percent"
unit = "share of agents (%)"
belief = "A-C"
evidence = "A-R"

[[pairs]]
code = "I-P"
label = "Incident"
object = "Incident"
gap = "informant"
unit = "organisations (%)"
belief = "I-C"
evidence = "I-R"
belief_yes = ["yes"]
evidence_yes = ["yes"]

[[items]]
code = "COUNT"
section = "agents"
role = "engineer"
kind = "context"
type = "count"
wording = "How many agents?"
help = "Count each agent once."
note = "A remark for developers."
minimum = 0
options = [{ code = "dont-know", label = "Don't know", meaning = "dont_know" }]

[[items]]
code = "A-C"
section = "agents"
role = "executive"
kind = "belief"
type = "percent"
wording = "What percentage do you believe is in the inventory?"
minimum = 0
maximum = 100
ask_if = { item = "COUNT", not_equal = 0 }
pair = "A-P"
options = [{ code = "dont-know", label = "Don't know", meaning = "dont_know" }]

[[items]]
code = "A-R"
section = "agents"
role = "engineer"
kind = "evidence"
type = "percent"
wording = "What percentage is in the inventory, according to it?"
minimum = 0
maximum = 100
ask_if = { item = "COUNT", not_equal = 0 }
pair = "A-P"
options = [
    { code = "dont-know", label = "Don't know", meaning = "dont_know" },
    { code = "none", label = "No inventory", meaning = "no_evidence" },
]

[[items]]
code = "I-C"
section = "incidents"
role = "executive"
kind = "belief"
type = "yes_no"
wording = "Do you know of an incident?"
pair = "I-P"
options = [
    { code = "yes", label = "Yes" },
    { code = "no", label = "No" },
    { code = "dont-know", label = "Don't know", meaning = "dont_know" },
]

[[items]]
code = "I-R"
section = "incidents"
role = "engineer"
kind = "evidence"
type = "yes_no"
wording = "Is an incident on record?"
pair = "I-P"
options = [
    { code = "yes", label = "Yes" },
    { code = "no", label = "No" },
    { code = "dont-know", label = "Don't know", meaning = "dont_know" },
]

[[items]]
code = "KEYS"
section = "incidents"
role = "engineer"
kind = "evidence"
type = "multiple"
wording = "Which keys are used?"
ask_if = { item = "I-R", any_of = ["yes"] }
options = [
    { code = "shared", label = "Shared" },
    { code = "own", label = "Own" },
    { code = "other", label = "Other", asks_text = true },
    { code = "none", label = "None of these", exclusive = true },
    { code = "dont-know", label = "Don't know", meaning = "dont_know" },
]
"""


def small_questionnaire() -> Questionnaire:
    load_questionnaire(SMALL, name="small-1.toml", at=NOW)
    questionnaire = newest_questionnaire("small")
    assert questionnaire is not None
    return questionnaire


def make_wave(
    questionnaire: Questionnaire | None = None, *, slug: str = "wave", is_open: bool = True
) -> Wave:
    opens_at = NOW - timedelta(days=10)
    closes_at = NOW + timedelta(days=10) if is_open else NOW - timedelta(days=1)
    return open_wave(
        questionnaire or small_questionnaire(),
        slug=slug,
        title="A wave",
        opens_at=opens_at,
        closes_at=closes_at,
    )


def make_organization(slug: str = "acme", **frame: str) -> Organization:
    return create_organization(name=slug.title(), slug=slug, **frame)


def make_response(
    wave: Wave,
    organization: Organization,
    role: str,
    answers: dict[str, AnswerValue] | None = None,
    *,
    submit: bool = False,
    address: str | None = None,
    at: datetime | None = None,
) -> Response:
    at = at or NOW - timedelta(days=5)
    address = address or f"{role}@{organization.slug}.example"
    invitation, _ = invitations.invite(organization, wave=wave, role=role, address=address, at=at)
    response = open_response(invitation, at=at)
    recorded = record_answers(response, answers or {}, at=at)
    assert not recorded.refused
    assert not recorded.not_asked
    if submit:
        submit_response(response, at=at)
    return response


def admit(client: Client, response: Response, *, confirmed: bool = True) -> RespondentSession:
    """Gives the client a respondent session, as after the link of this response and a code where one is needed."""
    opened_at = timezone.now()
    session, secret = respondent_sessions.create_session(response, earlier_session=None, at=opened_at)
    session.confirmed_at = opened_at if confirmed else None
    session.save()
    client.cookies[cookie_name(response.public_id)] = secret
    return session


def percent(number: int, basis: str = "") -> AnswerValue:
    return AnswerValue(number=number, basis=basis)


def chose(*codes: str, basis: str = "") -> AnswerValue:
    return AnswerValue(options=codes, basis=basis)


def make_user(
    name: str,
    *,
    organization: Organization | None = None,
    role: str = Membership.Role.VIEWER,
    status: str = Membership.Status.ACTIVE,
    **flags: bool,
) -> Any:
    """Creates a user. flags: is_staff for an analyst, is_superuser for an admin, is_active=False for a suspended
    person. Users who must have a second factor have one."""
    address = f"{name}@people.example"
    user = create_user(address)
    for flag, value in flags.items():
        setattr(user, flag, value)
    user.save()
    if user.is_superuser or role == Membership.Role.OWNER:
        activate_authenticator_app(user)
    if organization is not None:
        membership = add_member(organization, user=user, role=role)
        membership.status = status
        membership.save(update_fields=["status"])
    return user


def code_now(secret: str, *, periods: int = 0) -> str:
    """Returns the code that an authenticator app with this key shows."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def make_import_run(*, remark: str = "expected a time") -> ImportRun:
    """Creates a completed import run with one rejected row."""
    run = ImportRun.objects.create(
        mapping="cloud-native-security-2021",
        file_name="answers.csv",
        uploaded_at=NOW,
        spool="gone",
        state=ImportRun.State.DONE,
        rows=2,
        position=2,
        inserted=1,
        rejected=1,
        finished_at=NOW,
    )
    ImportRemark.objects.create(run=run, line=4, column="Start Date", reason=remark)
    return run
