"""Lists which cohorts add up to which: all organisations to each dimension, a sector to its size bands."""

from collections.abc import Iterator, Sequence

from posture.analysis.answers.wave_data import Cohort
from surveys.instrument.cohorts import ALL, CROSSED


def families(cohorts: Sequence[Cohort]) -> Iterator[tuple[int, list[int]]]:
    """The position of a cohort, and those of its parts by one dimension: all by sector, all by size, a sector by
    sector and size."""
    places = {cohort.slug: place for place, cohort in enumerate(cohorts)}
    for dimension in dict.fromkeys(cohort.dimension for cohort in cohorts if cohort.dimension != ALL):
        slugs = [cohort.slug for cohort in cohorts if cohort.dimension == dimension]
        if CROSSED not in dimension:
            yield places[ALL], [places[slug] for slug in slugs]
            continue
        for side in (0, 1):
            for whole in dict.fromkeys(slug.split(CROSSED)[side] for slug in slugs):
                yield places[whole], [places[slug] for slug in slugs if slug.split(CROSSED)[side] == whole]
