"""Runs the attack on one release from end to end, and counts what it finds."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from posture.models import Release
from tests.disclosure.attack import Attack
from tests.disclosure.knowledge import Knowledge
from tests.disclosure.published import PublicRelease, download
from tests.disclosure.questions import (
    BASE,
    BOUNDED,
    DIFFERENCE,
    GROUP,
    REST,
    SUM,
    TOO_NARROW,
    WITHHELD,
    Finding,
    Questions,
)
from tests.disclosure.truth import TrueAnswers
from tests.disclosure.two_waves import CHANGED, groups_of_changes

SMALL_GROUPS = (BASE, GROUP, SUM, DIFFERENCE, REST, CHANGED)


@dataclass
class Report:
    """The findings of one attack. wrong: relations that the answers contradict, and sums outside of the bounds that
    the attack computes; both are faults of the attack. not_as_named: rows that are not true for the base of their
    name."""

    slug: str
    rows: int
    findings: list[Finding]
    wrong: list[str]
    not_as_named: list[str]
    knowledge: Knowledge
    questions: Questions
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.counts = Counter(finding.kind for finding in self.findings)

    def number_of(self, *kinds: str) -> int:
        return sum(self.counts[kind] for kind in kinds)

    @property
    def line(self) -> str:
        return (
            f"{self.slug}: {self.rows} rows, {self.number_of(*SMALL_GROUPS)} groups below k,"
            f" {self.counts[BOUNDED]} bounded values determined, {self.counts[TOO_NARROW]} too narrow,"
            f" {self.counts[WITHHELD]} withheld values determined, {len(self.not_as_named)} rows not as named"
        )


def attack_release(
    slug: str,
    *,
    alteration: Callable[[PublicRelease], PublicRelease] | None = None,
    keeps_steps: bool = False,
    without: str = "",
    programmes: bool = False,
) -> Report:
    """Attacks one release. change: alters the published rows, to test whether the attack finds it. without: a pattern
    of relations that are not used. programmes: use linear programmes as well."""
    release_data = download(slug)
    if alteration is not None:
        release_data = alteration(release_data)
    release = Release.objects.select_related("follows").get(slug=slug)
    truth = TrueAnswers(release.wave_id, release_data.definitions)
    attack = Attack(release_data, truth, without=without)
    knowledge = Knowledge(attack, keeps_steps=keeps_steps)
    wrong = list(attack.wrong_relations())
    if knowledge.false_columns():
        wrong.append(f"{knowledge.false_columns()} sums are believed to be what they are not")
    questions = Questions(knowledge)
    findings = questions.all()
    if programmes:
        findings += questions.numbers_with_one_value()
    if release.follows is not None and release.follows.status == Release.Status.PUBLISHED:
        findings += groups_of_changes(download(release.follows.slug), release_data)
    return Report(slug, len(release_data.rows), findings, wrong, attack.not_as_named, knowledge, questions)
