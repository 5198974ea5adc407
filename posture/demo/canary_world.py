"""Test data for access and leak tests: every organisation has people of each role and state, answers with free text,
links and sessions. Not intended for a real installation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from posture.accounts.second_factors import give_app
from posture.accounts.tokens import create_token
from posture.definitions.targets import Targets
from posture.demo.answers import answers, character
from posture.demo.canaries import INSTALLATION, Canaries, plant
from posture.explorer.saved_queries import add_cut, save_view
from posture.models import Release
from posture.releases.lifecycle import compute_release, publish_release, request_release
from posture.stored_definitions.target_sets import keep_upload
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.invitations import invite
from surveys.fieldwork.queries import standing_without_words
from surveys.fieldwork.questionnaire_loader import newest_questionnaire
from surveys.fieldwork.responses import open_response, submit_response
from surveys.fieldwork.waves import close_wave, open_wave
from surveys.instrument.routing import Given
from surveys.people.memberships import add_member
from surveys.people.organizations import create_organization
from surveys.people.share_links import make_share_link
from surveys.people.user_accounts import create_person

if TYPE_CHECKING:
    from surveys.models import Invitation, Organization, Response, ShareLink, Wave

GAPS, WORDS = "ai-agent-security", "cloud-native-security"
STATES = {
    "viewer": ("viewer", "active"),
    "coordinator": ("coordinator", "active"),
    "owner": ("owner", "active"),
    "pending": ("owner", "pending"),
    "suspended": ("owner", "suspended"),
    "suspended person": ("owner", "active"),
}
SECOND_FACTOR = ("owner", "analyst", "admin")
DAY = timedelta(days=1)
LARGEST_PERCENT = 100


@dataclass
class CanaryWorld:
    """The created objects. `document` is the file that `seed_demo --canary` writes."""

    random: Random
    now: datetime
    tenants: int
    canaries: Canaries
    people: dict[int, str] = field(default_factory=dict)
    slugs: dict[int, str] = field(default_factory=dict)
    waves: dict[str, Wave] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)


class NotEverywhere(Exception):
    """Raised with the text columns that hold no canary."""


def build(random: Random, *, tenants: int, at: datetime) -> CanaryWorld:
    world = CanaryWorld(random, at, tenants, Canaries(random))
    staff = {name: _person(world, INSTALLATION, name) for name in ("analyst", "admin")}
    world.waves = {name: _wave(world, name) for name in ("closed", "open", "words")}
    organizations = [_organization(world) for _ in range(tenants)]
    releases = _releases(world, staff["analyst"]["user"])
    kept = _kept(world, staff["analyst"]["user"])
    lacking = plant(world.canaries, world.people, world.slugs)
    if lacking:
        raise NotEverywhere(", ".join(lacking))
    world.document = {
        "organizations": [_shown(entry) for entry in organizations],
        "staff": [_shown(entry) for entry in staff.values()],
        "waves": {name: wave.slug for name, wave in world.waves.items()},
        "releases": releases,
        **kept,
        "canaries": world.canaries.words,
    }
    return world


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    """Returns the document without the objects that only this module uses."""
    shown = {key: value for key, value in entry.items() if key != "user"}
    return shown | ({"logins": [_shown(one) for one in entry["logins"]]} if "logins" in entry else {})


def _person(world: CanaryWorld, owner: str, state: str) -> dict[str, Any]:
    address = f"{world.canaries.new(owner)}@canary.example"
    password = secrets.token_urlsafe(18)
    user = create_person(address, password=password)
    user.is_staff, user.is_superuser = state == "analyst", state == "admin"
    user.is_active = state != "suspended person"
    user.save()
    world.people[user.pk] = owner
    login = {"state": state, "email": address, "password": password, "id": user.pk, "user": user}
    return login | ({"totp_secret": give_app(user)} if state in SECOND_FACTOR else {})


def _wave(world: CanaryWorld, name: str) -> Wave:
    questionnaire = newest_questionnaire(WORDS if name == "words" else GAPS)
    if questionnaire is None:
        raise NotEverywhere("load the definitions first")
    return open_wave(
        questionnaire,
        slug=f"canary-{name}",
        title=world.canaries.new(INSTALLATION),
        opens_at=world.now - 30 * DAY,
        closes_at=world.now + 30 * DAY,
        is_synthetic=True,
    )


def _organization(world: CanaryWorld) -> dict[str, Any]:
    slug = f"{world.canaries.new('')}"
    world.canaries.words[slug] = world.canaries.words.pop("")
    organization = create_organization(
        name=world.canaries.new(slug),
        slug=slug,
        sector="technology",
        size_band="250-999",
        region="europe",
        is_synthetic=True,
    )
    world.slugs[organization.pk] = slug
    logins = []
    for state, (role, status) in STATES.items():
        login = _person(world, slug, state)
        membership = add_member(organization, user=login["user"], role=role)
        membership.status = status
        membership.save(update_fields=["status"])
        logins.append(login | {"membership": membership.pk})
    owner = next(login["user"] for login in logins if login["state"] == "owner")
    asked = _asked(world, organization, slug)
    link, token = _shared(world, organization, slug, owner)
    shared = {"pk": link.pk, "token": token}
    return {"slug": slug, "id": organization.pk, "logins": logins, "share_link": shared, **asked}


def _shared(world: CanaryWorld, organization: Organization, slug: str, owner: Any) -> tuple[ShareLink, str]:
    """Creates a share link of the closed wave."""
    return make_share_link(
        organization,
        wave=world.waves["closed"],
        label=world.canaries.new(slug),
        expires_at=world.now + 30 * DAY,
        by=owner,
        at=world.now,
    )


def _asked(world: CanaryWorld, organization: Organization, slug: str) -> dict[str, Any]:
    """Creates five invitations: two submitted in the closed wave, one answered with free text, one started, one not
    started."""
    for role in ("executive", "security_lead"):
        response = _answered(world, organization, slug, "closed", role)[0]
        submit_response(response, at=world.now - 9 * DAY)
    words, _ = _answered(world, organization, slug, "words", "respondent")
    begun, link = _answered(world, organization, slug, "open", "executive")
    invitation, unopened = _invited(world, organization, slug, "open", "engineer")
    return {
        "responses": {"begun": str(begun.public_id), "words": str(words.public_id)},
        "invitations": {"begun": begun.invitation_id, "unopened": invitation.pk},
        "links": {"begun": link, "unopened": unopened},
    }


def _invited(
    world: CanaryWorld, organization: Organization, slug: str, wave: str, role: str
) -> tuple[Invitation, str]:
    address = f"{world.canaries.new(slug)}@canary.example"
    return invite(organization, wave=world.waves[wave], role=role, address=address, at=world.now - 10 * DAY)


def _answered(
    world: CanaryWorld, organization: Organization, slug: str, wave: str, role: str
) -> tuple[Response, str]:
    at = world.now - 10 * DAY
    invitation, link = _invited(world, organization, slug, wave, role)
    source = world.canaries.new(slug)
    response = open_response(invitation, at=at, source_row=source)
    standing = standing_without_words(response)
    nature = character(world.random, sector="technology", size_band="250-999")
    given = answers(world.random, standing.questionnaire, standing.items, nature)
    given = {code: _marked(world, answer, organization) for code, answer in given.items()}
    for item in standing.items:
        asking = next((option.code for option in item.options if option.asks_text), None)
        if asking:
            given[item.code] = Given(options=(asking,), texts=((asking, world.canaries.new(slug)),))
    record_answers(response, given, at=at)
    return response, link


def _marked(world: CanaryWorld, given: Given, organization: Organization) -> Given:
    """Returns a number as canary: its remainder identifies the organisation, so that a leaked figure is recognised
    anywhere."""
    if given.number is None:
        return given
    place = list(world.slugs).index(organization.pk)
    number = given.number - given.number % world.tenants + place
    return replace(given, number=number if number <= LARGEST_PERCENT else number - world.tenants)


def _releases(world: CanaryWorld, analyst: Any) -> dict[str, str]:
    close_wave(world.waves["closed"], at=world.now - DAY)
    made = {}
    for name in ("published", "draft"):
        release = request_release(world.waves["closed"].pk, by=analyst, at=world.now)
        compute_release(release.pk, at=world.now)
        if name == "published":
            publish_release(release, by=analyst, at=world.now)
        made[name] = Release.objects.get(pk=release.pk).slug
    return made


def _kept(world: CanaryWorld, analyst: Any) -> dict[str, Any]:
    """Creates saved views and cuts of analysts, which belong to no organisation."""
    new = world.canaries.new
    view = save_view(GAPS, name=new(INSTALLATION), address="by=sector", by=analyst, at=world.now)
    cut = add_cut(world.waves["closed"].pk, breaks=("sector", "region"), by=analyst, at=world.now)
    told = {
        name: new(INSTALLATION)
        for name in ("code", "title", "population", "source", "vouched_by", "url_note")
    }
    url = f"https://{new(INSTALLATION)}.example/"
    margins = {"sector": {"technology": 10}}
    targets = Targets(**told, url=url, as_of=world.now.date(), margins=margins)
    keep_upload(targets, by=analyst, at=world.now)
    _, token = create_token(analyst, name=new(INSTALLATION), expires_at=world.now + 30 * DAY, at=world.now)
    return {"view": view.pk, "cut": cut.pk, "targets": targets.code, "api_token": token}
