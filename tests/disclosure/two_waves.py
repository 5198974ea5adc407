"""Derives the numbers of organisations that joined, left or stayed between two waves. They follow from the bases of
both waves, of the change and of the panel."""

from collections import defaultdict
from collections.abc import Iterator

from surveys.instrument.cohorts import ALL
from tests.disclosure.published import PublicRelease, Row
from tests.disclosure.questions import Finding
from tests.disclosure.system import families_of

CHANGED = "group of a change between waves"
CHANGE, PANEL_CHANGE = "_change", "_panel_change"
Groups = dict[str, float]


def groups_of_changes(earlier: PublicRelease, later: PublicRelease) -> Iterator[Finding]:
    """Yields groups of 1 to k - 1 organisations: in a cohort, and in the rest of a total beside its published
    cohorts."""
    k = max(earlier.threshold, later.threshold)
    groups_by_number: dict[tuple[str, ...], dict[str, Groups]] = defaultdict(dict)
    for row, groups in _groups(earlier, later):
        groups_by_number[row.identity[:4]][row.cohort] = groups
    reported = set()
    for number, by_cohort in groups_by_number.items():
        for cohort, groups in [*by_cohort.items(), *_remainders(by_cohort, later.cohorts)]:
            for name, size in groups.items():
                key = (number[:2], cohort, name, size)
                if 0 < round(size) < k and key not in reported:
                    reported.add(key)
                    yield Finding(
                        CHANGED, cohort, f"{name} of {' '.join(filter(None, number))}", round(size), size
                    )


def _groups(earlier: PublicRelease, later: PublicRelease) -> Iterator[tuple[Row, Groups]]:
    earlier_rows = {row.identity: row for row in earlier.rows if not row.is_withheld}
    later_rows = {row.identity: row for row in later.rows if not row.is_withheld}
    for row in later.rows:
        if row.is_withheld or not row.statistic.endswith(CHANGE) or row.statistic.endswith(PANEL_CHANGE):
            continue
        identity = (row.kind, row.subject, row.statistic.removesuffix(CHANGE), row.option, row.cohort)
        earlier_row, later_row = earlier_rows.get(identity), later_rows.get(identity)
        if earlier_row is None or later_row is None:
            continue
        in_either, in_earlier, in_later = (
            row_with_base.base or 0.0 for row_with_base in (row, earlier_row, later_row)
        )
        yield (
            row,
            {
                "joined": in_either - in_earlier,
                "left": in_either - in_later,
                "stayed": in_earlier + in_later - in_either,
            },
        )


def _remainders(by_cohort: dict[str, Groups], cohorts: list[str]) -> Iterator[tuple[str, Groups]]:
    if ALL not in by_cohort:
        return
    for total_cohort, parts in families_of(cohorts):
        published_parts = [part for part in parts if part in by_cohort]
        if total_cohort in by_cohort and published_parts and len(published_parts) < len(parts):
            remainder = {
                name: size - sum(by_cohort[part][name] for part in published_parts)
                for name, size in by_cohort[total_cohort].items()
            }
            yield f"{total_cohort} without {' and '.join(published_parts)}", remainder
