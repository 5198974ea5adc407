"""Runs one random survey from end to end: its questionnaire, one or two waves, their releases and the attack on
each."""

import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random
from subprocess import run
from typing import Any

from posture.explorer.saved_queries import add_cut
from posture.models import Release
from posture.releases.lifecycle import withdraw_release
from tests.disclosure.published import PublicRelease, download
from tests.disclosure.random_surveys import random_survey
from tests.disclosure.random_waves import (
    FIRST,
    SECOND,
    answer,
    definitions_of,
    organizations,
    published,
    random_targets,
    wave_of,
)
from tests.disclosure.report import Report, attack_release
from tests.support.builders import NOW

SMALLEST, LARGEST = 10, 80
WEIGHTED, FOLLOWED_SHARE, REPLACED = 0.4, 0.5, 0.5
CUTS = (("sector", "size_band"), ("sector", "region"), ("size_band", "region"))


@dataclass
class SurveyResult:
    """The result of one survey. reports: the attack on each published release. refusals: why others were not
    published."""

    slug: str
    questionnaire: str = ""
    reports: list[Report] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    def attack(
        self, release: Release | str, earlier_release: PublicRelease | None = None, **options: bool
    ) -> None:
        """Attacks one release and adds the report. kept: an earlier release of the same answers that a reader still
        has. options: of the attack."""
        if isinstance(release, str):
            self.refusals.append(release)
            return
        change = earlier_release.together_with if earlier_release is not None else None
        self.reports.append(attack_release(release.slug, alteration=change, **options))
        self.disagreements += pack_disagreements(release.slug)


def survey_attacked(
    shape: Random,
    random: Random,
    slug: str,
    analyst: Any,
    *,
    largest: int = LARGEST,
    **options: bool,
) -> SurveyResult:
    """Runs a survey: the questionnaire comes from `shape`, organisations and answers from `random`. options: of the
    attack."""
    survey = random_survey(shape, slug)
    outcome = SurveyResult(slug, survey.questionnaire())
    with definitions_of(survey):
        all_organizations = organizations(random, slug, random.randint(SMALLEST, largest))
        first = wave_of(survey, f"{slug}-one", opens_at=FIRST)
        answer(random, survey, first, all_organizations)
        is_weighted = random.random() < WEIGHTED and all(
            organization.region for organization in all_organizations
        )
        targets = random_targets(random, slug, all_organizations) if is_weighted else None
        earlier = published(first, analyst, targets=targets)
        outcome.attack(earlier, **options)
        if not isinstance(earlier, Release):
            return outcome
        if random.random() < FOLLOWED_SHARE:
            second = wave_of(survey, f"{slug}-two", opens_at=SECOND)
            share_that_stays = random.choice([0.7, 0.95, 1.0])
            answer(
                random,
                survey,
                second,
                [organization for organization in all_organizations if random.random() < share_that_stays],
            )
            outcome.attack(published(second, analyst, follows=earlier), **options)
        elif random.random() < REPLACED:
            earlier_release = download(earlier.slug)
            withdraw_release(earlier, reason="With a cut.", by=analyst, at=NOW)
            add_cut(first.pk, breaks=random.choice(CUTS), by=analyst, at=NOW)
            outcome.attack(published(first, analyst, targets=targets), earlier_release, **options)
    return outcome


def pack_disagreements(slug: str) -> Iterator[str]:
    """Yields the output of the programs in the pack, run as a reader of the pack runs them."""
    with tempfile.TemporaryDirectory() as name:
        with zipfile.ZipFile(BytesIO(download(slug).pack)) as archive:
            archive.extractall(Path(name))
        completed = run([sys.executable, "verify.py"], cwd=name, capture_output=True, text=True, check=False)
        if completed.returncode:
            yield from (completed.stdout + completed.stderr).splitlines()[-6:]
