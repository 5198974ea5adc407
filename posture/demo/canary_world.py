"""Test data for access and leak tests: every organisation has people of each role and state, answers with free text,
links and sessions. Not intended for a real installation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from posture.accounts.second_factors import activate_authenticator_app
from posture.accounts.tokens import create_token
from posture.definitions.targets import Targets
from posture.demo.answers import random_answers, random_character
from posture.demo.canaries import INSTALLATION, Canaries, plant_canaries
from posture.documents.organization.making import make_report_files
from posture.explorer.saved_queries import add_cut, save_view
from posture.models import Release
from posture.releases.lifecycle import compute_release, publish_release, request_release
from posture.stored_definitions.target_sets import save_upload
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.invitations import invite
from surveys.fieldwork.queries import participation_of, response_state_without_texts
from surveys.fieldwork.questionnaire_loader import newest_questionnaire
from surveys.fieldwork.responses import open_response, submit_response
from surveys.fieldwork.waves import close_wave, open_wave
from surveys.instrument.routing import AnswerValue
from surveys.people.memberships import add_member
from surveys.people.organizations import create_organization
from surveys.people.share_links import make_share_link
from surveys.people.user_accounts import create_user

if TYPE_CHECKING:
    from surveys.models import Invitation, Organization, Response, ShareLink, Wave

WITH_PAIRS, WITH_TEXT = "ai-agent-security", "cloud-native-security"
ACCOUNT_STATES = {
    "viewer": ("viewer", "active"),
    "coordinator": ("coordinator", "active"),
    "owner": ("owner", "active"),
    "pending": ("owner", "pending"),
    "suspended": ("owner", "suspended"),
    "suspended person": ("owner", "active"),
}
SECOND_FACTOR = ("owner", "analyst", "admin")
DAY = timedelta(days=1)
MAX_PERCENT = 100


@dataclass
class CanaryData:
    """The created objects. `document` is the file that `seed_demo --canary` writes."""

    random: Random
    now: datetime
    tenants: int
    canaries: Canaries
    people: dict[int, str] = field(default_factory=dict)
    slugs: dict[int, str] = field(default_factory=dict)
    waves: dict[str, Wave] = field(default_factory=dict)
    tenant_rows: list[Organization] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)


class CanaryMissing(Exception):
    """Raised with the text columns that hold no canary."""


def build_canary_data(random: Random, *, tenants: int, at: datetime) -> CanaryData:
    data = CanaryData(random, at, tenants, Canaries(random))
    staff = {name: _person(data, INSTALLATION, name) for name in ("analyst", "admin")}
    data.waves = {name: _wave(data, name) for name in ("closed", "open", "words")}
    organizations = [_organization(data) for _ in range(tenants)]
    releases = _releases(data, staff["analyst"]["user"])
    saved = _saved_objects(data, staff["analyst"]["user"])
    missing = plant_canaries(data.canaries, data.people, data.slugs)
    if missing:
        raise CanaryMissing(", ".join(missing))
    _make_files(data)
    data.document = {
        "organizations": [_public_entry(entry) for entry in organizations],
        "staff": [_public_entry(entry) for entry in staff.values()],
        "waves": {name: wave.slug for name, wave in data.waves.items()},
        "releases": releases,
        **saved,
        "canaries": data.canaries.words,
    }
    return data


def _public_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """Returns the document without the objects that only this module uses."""
    public = {key: value for key, value in entry.items() if key != "user"}
    return public | (
        {"logins": [_public_entry(login) for login in entry["logins"]]} if "logins" in entry else {}
    )


def _person(data: CanaryData, owner: str, state: str) -> dict[str, Any]:
    address = f"{data.canaries.create(owner)}@canary.example"
    password = secrets.token_urlsafe(18)
    user = create_user(address, password=password)
    user.is_staff, user.is_superuser = state == "analyst", state == "admin"
    user.is_active = state != "suspended person"
    user.save()
    data.people[user.pk] = owner
    login = {"state": state, "email": address, "password": password, "id": user.pk, "user": user}
    return login | ({"totp_secret": activate_authenticator_app(user)} if state in SECOND_FACTOR else {})


def _wave(data: CanaryData, name: str) -> Wave:
    questionnaire = newest_questionnaire(WITH_TEXT if name == "words" else WITH_PAIRS)
    if questionnaire is None:
        raise CanaryMissing("load the definitions first")
    return open_wave(
        questionnaire,
        slug=f"canary-{name}",
        title=data.canaries.create(INSTALLATION),
        opens_at=data.now - 30 * DAY,
        closes_at=data.now + 30 * DAY,
        is_synthetic=True,
    )


def _organization(data: CanaryData) -> dict[str, Any]:
    slug = f"{data.canaries.create('')}"
    data.canaries.words[slug] = data.canaries.words.pop("")
    organization = create_organization(
        name=data.canaries.create(slug),
        slug=slug,
        sector="technology",
        size_band="250-999",
        region="europe",
        is_synthetic=True,
    )
    data.slugs[organization.pk] = slug
    data.tenant_rows.append(organization)
    logins = []
    for state, (role, status) in ACCOUNT_STATES.items():
        login = _person(data, slug, state)
        membership = add_member(organization, user=login["user"], role=role)
        membership.status = status
        membership.save(update_fields=["status"])
        logins.append(login | {"membership": membership.pk})
    owner = next(login["user"] for login in logins if login["state"] == "owner")
    link, token = _share_link(data, organization, slug, owner)
    return {
        "slug": slug,
        "id": organization.pk,
        "logins": logins,
        "share_link": {"pk": link.pk, "token": token},
        **_invitations(data, organization, slug),
    }


def _share_link(data: CanaryData, organization: Organization, slug: str, owner: Any) -> tuple[ShareLink, str]:
    """Creates a share link of the closed wave."""
    return make_share_link(
        organization,
        wave=data.waves["closed"],
        label=data.canaries.create(slug),
        expires_at=data.now + 30 * DAY,
        by=owner,
        at=data.now,
    )


def _invitations(data: CanaryData, organization: Organization, slug: str) -> dict[str, Any]:
    """Creates five invitations: two submitted in the closed wave, one answered with free text, one started, one not
    started."""
    for role in ("executive", "security_lead"):
        response = _answered_response(data, organization, slug, "closed", role)[0]
        submit_response(response, at=data.now - 9 * DAY)
    with_text, _ = _answered_response(data, organization, slug, "words", "respondent")
    started, link = _answered_response(data, organization, slug, "open", "executive")
    invitation, unopened = _invitation(data, organization, slug, "open", "engineer")
    return {
        "responses": {"begun": str(started.public_id), "words": str(with_text.public_id)},
        "invitations": {"begun": started.invitation_id, "unopened": invitation.pk},
        "links": {"begun": link, "unopened": unopened},
    }


def _invitation(
    data: CanaryData, organization: Organization, slug: str, wave: str, role: str
) -> tuple[Invitation, str]:
    address = f"{data.canaries.create(slug)}@canary.example"
    return invite(organization, wave=data.waves[wave], role=role, address=address, at=data.now - 10 * DAY)


def _answered_response(
    data: CanaryData, organization: Organization, slug: str, wave: str, role: str
) -> tuple[Response, str]:
    at = data.now - 10 * DAY
    invitation, link = _invitation(data, organization, slug, wave, role)
    source = data.canaries.create(slug)
    response = open_response(invitation, at=at, source_row=source)
    standing = response_state_without_texts(response)
    profile = random_character(data.random, sector="technology", size_band="250-999")
    given_answers = random_answers(data.random, standing.questionnaire, standing.items, profile)
    given_answers = {
        code: _with_canary_number(data, answer, organization) for code, answer in given_answers.items()
    }
    for item in standing.items:
        text_option = next((option.code for option in item.options if option.asks_text), None)
        if text_option:
            given_answers[item.code] = AnswerValue(
                options=(text_option,), texts=((text_option, data.canaries.create(slug)),)
            )
    record_answers(response, given_answers, at=at)
    return response, link


def _with_canary_number(data: CanaryData, given: AnswerValue, organization: Organization) -> AnswerValue:
    """Returns a number as canary: its remainder identifies the organisation, so that a leaked figure is recognised
    anywhere."""
    if given.number is None:
        return given
    position = list(data.slugs).index(organization.pk)
    number = given.number - given.number % data.tenants + position
    return replace(given, number=number if number <= MAX_PERCENT else number - data.tenants)


def _releases(data: CanaryData, analyst: Any) -> dict[str, str]:
    close_wave(data.waves["closed"], at=data.now - DAY)
    slugs = {}
    for name in ("published", "draft"):
        release = request_release(data.waves["closed"].pk, by=analyst, at=data.now)
        compute_release(release.pk, at=data.now)
        if name == "published":
            publish_release(release, by=analyst, at=data.now)
        slugs[name] = Release.objects.get(pk=release.pk).slug
    return slugs


def _make_files(data: CanaryData) -> None:
    """Makes the workbook of each organisation's report, whose texts can be searched. It comes last, because a file of
    a report that has changed is not served."""
    for organization in data.tenant_rows:
        organization.refresh_from_db()
        participation = participation_of(organization, data.waves["closed"].slug, at=data.now)
        if participation is not None:
            make_report_files(participation, forms=("xlsx",), at=data.now)


def _saved_objects(data: CanaryData, analyst: Any) -> dict[str, Any]:
    """Creates saved views and cuts of analysts, which belong to no organisation."""
    new_canary = data.canaries.create
    view = save_view(WITH_PAIRS, name=new_canary(INSTALLATION), address="by=sector", by=analyst, at=data.now)
    cut = add_cut(data.waves["closed"].pk, breaks=("sector", "region"), by=analyst, at=data.now)
    texts = {
        name: new_canary(INSTALLATION)
        for name in ("code", "title", "population", "source", "vouched_by", "url_note")
    }
    url = f"https://{new_canary(INSTALLATION)}.example/"
    margins = {"sector": {"technology": 10}}
    targets = Targets(**texts, url=url, as_of=data.now.date(), margins=margins)
    save_upload(targets, by=analyst, at=data.now)
    _, token = create_token(
        analyst, name=new_canary(INSTALLATION), expires_at=data.now + 30 * DAY, at=data.now
    )
    return {"view": view.pk, "cut": cut.pk, "targets": targets.code, "api_token": token}
