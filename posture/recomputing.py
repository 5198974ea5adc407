"""A release computed afresh from the raw answers, against what was stored."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from posture import catalogue
from posture.analysis.estimates import estimates
from posture.analysis.rows import NUMBERS, Identity, Row, identity
from posture.microdata import microdata_of, wave_facts
from posture.models import Estimate, Release

COLUMNS = (*NUMBERS, "level", "bound", "unit", "method", "status")
CLOSE = 1e-9


@dataclass(frozen=True)
class Difference:
    """One thing that is not as stored: which number or digest, which column, stored and found."""

    subject: str
    column: str
    stored: object
    found: object

    def __str__(self) -> str:
        return f"{self.subject}, {self.column}: stored {self.stored}, now {self.found}"


def recompute(release: Release) -> Iterator[Difference]:
    """Nothing when every stored number follows from the answers and definitions of today."""
    facts = wave_facts(release.wave_id, at=release.requested_at)
    slug = facts.questionnaire.slug
    microdata = microdata_of(release.wave_id)
    digests = {
        "data_digest": microdata.digest,
        "definitions_digest": catalogue.definitions_digest(facts.questionnaire_source, slug),
    }
    for name, found in digests.items():
        if getattr(release, name) != found:
            yield Difference(release.slug, name, getattr(release, name), found)
    rows = estimates(
        microdata.data,
        facts.questionnaire,
        catalogue.indicators_of(slug),
        k=release.threshold,
        level=release.level,
    )
    yield from _compare(
        {identity(row): row for row in release.estimates.all()}, {identity(row): row for row in rows}
    )


def _compare(stored: dict[Identity, Estimate], found: dict[Identity, Row]) -> Iterator[Difference]:
    for key in sorted(stored.keys() | found.keys()):
        name = " ".join(part for part in key if part)
        if key not in stored or key not in found:
            yield Difference(
                name, "row", "there" if key in stored else "none", "there" if key in found else "none"
            )
            continue
        for column in COLUMNS:
            before, now = getattr(stored[key], column), getattr(found[key], column)
            if not _is_same(before, now):
                yield Difference(name, column, before, now)


def _is_same(before: object, now: object) -> bool:
    if isinstance(before, float) and isinstance(now, float):
        return math.isclose(before, now, rel_tol=CLOSE, abs_tol=CLOSE)
    return before == now
