"""The initial state of the races: the world of canaries with the rows that each verb needs to have an effect."""

import json
from dataclasses import dataclass
from typing import Any

from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from posture.models import Release
from posture.releases.lifecycle import compute_release, request_release
from surveys.fieldwork import respondent_sessions
from surveys.fieldwork.waves import close_wave
from surveys.models import Job, MailedCode, RespondentSession, RetentionReport, Wave
from tests.access.world import World, make_world

CODE = "12345678"


@dataclass(frozen=True)
class Scene:
    world: World
    # A second device of the respondent who has begun, which waits for its code.
    waiting: Client
    # A draft of a wave without published releases.
    draft: str
    report: int


def make_scene() -> Scene:
    world = make_world()
    entry = world.document["organizations"][0]
    unconfirmed = Client(raise_request_exception=False)
    unconfirmed.post(f"/s/{entry['links']['begun']}/")
    session = RespondentSession.objects.get(
        response__public_id=entry["responses"]["begun"], confirmed_at=None
    )
    MailedCode.objects.filter(session=session).update(digest=respondent_sessions._digest(session, CODE))
    Job.objects.filter(pk=world.job).update(state=Job.State.PARKED)
    held_clock = json.dumps({"clock": [40, 3]})
    report = RetentionReport.objects.create(at=timezone.now(), counts="{}", held=held_clock)
    _second_session(world)
    return Scene(world, unconfirmed, _draft(), report.pk)


def _second_session(world: World) -> None:
    """Creates a second session, so that one can be ended."""
    side = world.sides[0]
    key = world.client("viewer", side).session.session_key
    UserSession.objects.create(user_id=side.people["viewer"], ip="127.0.0.1", session_key=key)


def _draft() -> str:
    wave, now = Wave.objects.get(slug="canary-words"), timezone.now()
    close_wave(wave, at=now)
    release = request_release(wave.pk, by=None, at=now)
    compute_release(release.pk, at=now)
    stored_release: Any = Release.objects.get(pk=release.pk)
    return str(stored_release.slug)
