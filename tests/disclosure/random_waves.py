"""Creates random waves of a survey, answered and published through the product's own verbs."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch

from posture.definitions.targets import Targets
from posture.models import Release, TargetSet
from posture.releases.lifecycle import ReleaseError, compute_release, publish_release, request_release
from posture.stored_definitions import catalogue
from posture.stored_definitions.target_sets import save_upload
from surveys.fieldwork import invitations
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.questionnaire_loader import load_questionnaire, newest_questionnaire
from surveys.fieldwork.responses import open_response, submit_response
from surveys.fieldwork.waves import open_wave
from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.routing import AnswerValue
from surveys.models import Job, Organization, Wave
from surveys.people.organizations import create_organization
from tests.disclosure.random_surveys import ROLES, Survey
from tests.support.builders import NOW

FIRST, SECOND = NOW - timedelta(days=60), NOW - timedelta(days=30)
CRASHED = "the computation failed"
LASTS, ANSWERED_AFTER = timedelta(days=10), timedelta(days=2)


@dataclass(frozen=True)
class AnsweringHabits:
    """Habits of organisations in answering an item. special: chance of an option without substance; silent: of no
    answer at all. favourite: how strongly one answer is preferred, and which; guesses: chance of no records."""

    special: float
    silent: float
    favourite: float
    preferred: float
    guesses: float


def habits(random: Random) -> AnsweringHabits:
    return AnsweringHabits(
        special=random.choice([0.0, 0.03, 0.1, 0.3, 0.6]),
        silent=random.choice([0.0, 0.0, 0.02, 0.1, 0.4]),
        favourite=random.choice([0.0, 0.3, 0.7, 0.95, 1.0]),
        preferred=random.random(),
        guesses=random.choice([0.0, 0.1, 0.4]),
    )


@contextmanager
def definitions_of(survey: Survey) -> Iterator[None]:
    """Makes the definitions of indicators and scores available as if they were files of the product."""
    indicators, scores = survey.indicator_file(), survey.score_file()
    with (
        patch.object(catalogue, "indicator_file", lambda slug: indicators if slug == survey.slug else None),
        patch.object(catalogue, "score_file", lambda slug: scores if slug == survey.slug else None),
    ):
        yield


def organizations(random: Random, prefix: str, count: int) -> list[Organization]:
    """Creates organisations; some sectors, sizes and regions are much more common than others."""
    weights = {
        dimension.code: [random.choice([0, 1, 1, 3, 8]) for _ in dimension.codes] for dimension in DIMENSIONS
    }
    silent = random.choice([0.0, 0.05, 0.3])
    created = []
    for number in range(count):
        frame = {
            dimension.code: ""
            if not sum(weights[dimension.code]) or random.random() < silent
            else random.choices(dimension.codes, weights=weights[dimension.code])[0]
            for dimension in DIMENSIONS
        }
        slug = f"{prefix}-{number}"
        created.append(create_organization(name=slug, slug=slug, is_synthetic=True, **frame))
    return created


def random_targets(random: Random, code: str, members: list[Organization]) -> TargetSet:
    """Returns a population by region in which some regions are more common than in the wave."""
    organizations_by_region = Counter(organization.region for organization in members if organization.region)
    counts = {
        region: count * random.randint(60, 140) for region, count in sorted(organizations_by_region.items())
    }
    return save_upload(
        Targets(
            code=f"{code}-targets",
            title="A population",
            population="Organisations",
            source="Made up by a generator.",
            as_of=NOW.date(),
            vouched_by="Nobody",
            margins={"region": counts or {"europe": 100}},
        ),
        by=None,
        at=NOW,
    )


def wave_of(survey: Survey, slug: str, *, opens_at: datetime) -> Wave:
    loaded = newest_questionnaire(survey.slug)
    if loaded is None:
        load_questionnaire(survey.questionnaire(), name=f"{survey.slug}-1.toml", at=NOW)
        loaded = newest_questionnaire(survey.slug)
    assert loaded is not None
    return open_wave(loaded, slug=slug, title="A wave", opens_at=opens_at, closes_at=opens_at + LASTS)


def answer(random: Random, survey: Survey, wave: Wave, members: list[Organization]) -> None:
    habits_by_item = {item["code"]: habits(random) for item in survey.items}
    response_share = random.choice([0.75, 0.95, 1.0])
    share_with_one_person = random.choice([0.0, 0.1, 0.4])
    at = wave.opens_at + ANSWERED_AFTER
    for organization in members:
        is_alone = random.random() < share_with_one_person
        roles = list(ROLES) if random.random() < 0.5 else list(reversed(ROLES))
        for role in roles:
            if random.random() < response_share:
                address = f"{'owner' if is_alone else role}@{organization.slug}.example"
                _respond(random, survey, wave, organization, role, address, habits_by_item, at)


def _respond(
    random: Random,
    survey: Survey,
    wave: Wave,
    organization: Organization,
    role: str,
    address: str,
    habits_by_item: dict[str, AnsweringHabits],
    at: datetime,
) -> None:
    invitation, _ = invitations.invite(organization, wave=wave, role=role, address=address, at=at)
    response = open_response(invitation, at=at)
    answers = {
        item["code"]: item_answer
        for item in survey.items
        if item["role"] in (role, "any")
        and not (item_answer := _random_answer(random, item, habits_by_item[item["code"]], survey)).is_blank
    }
    recorded = record_answers(response, answers, at=at)
    assert not recorded.refused, recorded.refused
    submit_response(response, at=at)


def _random_answer(random: Random, item: dict[str, Any], of: AnsweringHabits, survey: Survey) -> AnswerValue:
    if random.random() < of.silent:
        return AnswerValue()
    special = [option["code"] for option in item["options"] if "meaning" in option]
    if special and random.random() < of.special:
        return AnswerValue(options=(random.choice(special),))
    basis = ""
    if item["kind"] == "evidence" and survey.has_bases:
        basis = "guess" if random.random() < of.guesses else "exported"
    is_usual = random.random() < of.favourite
    if item["type"] in ("percent", "count"):
        number = round(100 * of.preferred) if is_usual else random.choice([0, 100, random.randint(0, 100)])
        return AnswerValue(number=number, basis=basis)
    codes = [
        option["code"] for option in item["options"] if "meaning" not in option and "exclusive" not in option
    ]
    if item["type"] == "multiple" and not is_usual:
        return AnswerValue(options=tuple(random.sample(codes, random.randint(1, len(codes)))), basis=basis)
    chosen = codes[int(of.preferred * len(codes)) % len(codes)] if is_usual else random.choice(codes)
    return AnswerValue(options=(chosen,), basis=basis)


def published(wave: Wave, analyst: Any, **options: Any) -> Release | str:
    """Returns the published release, or the reason why there is none."""
    requested = request_release(wave.pk, by=analyst, at=NOW, **options)
    compute_release(requested.pk, at=NOW)
    release = Release.objects.get(pk=requested.pk)
    if release.status != Release.Status.DRAFT:
        job = Job.objects.filter(key=f"release:{requested.pk}").first()
        return release.failure or f"{CRASHED}: {job.reason if job else release.status}"
    try:
        publish_release(release, by=analyst, at=NOW)
    except ReleaseError as reason:
        return str(reason)
    return Release.objects.get(pk=requested.pk)
