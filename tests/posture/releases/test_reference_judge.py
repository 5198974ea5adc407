"""Tests the published shares of a release with the judge of the reference releases. It is an independent integer
programme over single organisations, not the code that decided what may be shown."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil, floor

import pytest
from pytest_django import DjangoDbBlocker

from posture.methods.disclosure import Cell, audit_cells
from posture.models import Estimate, Release
from tests.posture.releases import attacked_release
from tests.posture.releases.test_disclosure_attack import organizations_of_cohort
from tests.support.prepared_database import filled_database

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

TYPES = ("over", "aligned", "under")


@pytest.fixture(scope="module")
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    content = filled_database("attacked-release", attacked_release.make_attacked_release)
    with django_db_blocker.unblock(), content as document:
        yield document["release"]


@pytest.fixture
def release(published: int, db: None) -> Release:
    return Release.objects.get(pk=published)


def answers(question: str) -> dict[str, int]:
    lines = {line["org_id"]: line for line in attacked_release.microdata_rows()}
    incident, visible = (
        {name: int(line[of]) for name, line in lines.items()} for of in ("incident", "visibility")
    )
    derived = {
        "over": {name: int(incident[name] > visible[name]) for name in lines},
        "aligned": {name: int(incident[name] == visible[name]) for name in lines},
        "under": {name: int(incident[name] < visible[name]) for name in lines},
    }
    return {"incident": incident, "visibility": visible, **derived}[question]


def cells(release: Release, question: str) -> list[Cell]:
    """Returns each published share about the question with its possible counts of yes; counts of no are converted."""
    kinds = {"incident": ("item", "I-R"), "visibility": ("item", "I-C")}
    rows = release.estimates.filter(status=Estimate.Status.PUBLISHED)
    found = []
    if question in kinds:
        kind, subject = kinds[question]
        for row in rows.filter(
            subject_kind=kind, subject=subject, statistic="share", option__in=("yes", "no")
        ):
            cell = cell_of(row)
            found.append(cell if row.option == "yes" else turned(cell))
        return found
    names = {question, f"gap_{question}"}
    return [cell_of(row) for row in rows.filter(subject_kind="pair", subject="I-P", statistic__in=names)]


def cell_of(row: Estimate) -> Cell:
    members = organizations_of_cohort(row.cohort)
    assert row.base == len(members)
    count = (row.value or 0) * row.base
    counts = {
        "": (round(count),),
        "at_most": tuple(range(floor(count + 1e-6) + 1)),
        "at_least": tuple(range(ceil(count - 1e-6), row.base + 1)),
    }[row.bound]
    return Cell(f"{row.subject} {row.statistic} {row.option} {row.cohort}", members, counts, bool(row.bound))


def turned(cell: Cell) -> Cell:
    counts = tuple(sorted(len(cell.members) - count for count in cell.counts))
    return replace(cell, counts=counts)


def readers(found: list[Cell], true: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Yields the knowledge of readers: none; a member of each of the three smallest cells, from the smaller side; and
    two of the smallest cell who share their answers."""
    yield {}
    smallest = sorted(found, key=lambda cell: len(cell.members))[:3]
    for cell in smallest:
        yes = [name for name in sorted(cell.members) if true[name]]
        no = [name for name in sorted(cell.members) if not true[name]]
        alone = min((side for side in (yes, no) if side), key=len)[0]
        yield {alone: true[alone]}
    yield {name: true[name] for name in sorted(smallest[0].members)[:2]}


def test_nothing_follows_from_the_published_shares_even_for_members(release: Release) -> None:
    for question in ("incident", "visibility", *TYPES):
        found, true = cells(release, question), answers(question)
        assert len(found) >= 10
        assert all(sum(true[name] for name in cell.members) in cell.counts for cell in found)
        for known in readers(found, true):
            judged = audit_cells(found, k=attacked_release.K, known=known)
            assert judged.is_safe, (question, known, judged)
            assert judged.may_be_published, (question, known, judged)


def test_exact_shares_would_give_answers_away(release: Release) -> None:
    """The negative control: the same cells without caps and ranges."""
    true = answers("incident")
    exact = [
        replace(cell, counts=(sum(true[name] for name in cell.members),), is_capped=False)
        for cell in cells(release, "incident")
    ]
    judged = audit_cells(exact, k=attacked_release.K)
    assert not judged.may_be_published
    assert len(judged.revealed) >= attacked_release.K
