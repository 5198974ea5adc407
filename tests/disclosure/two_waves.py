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
    known: dict[tuple[str, ...], dict[str, Groups]] = defaultdict(dict)
    for row, groups in _groups(earlier, later):
        known[row.identity[:4]][row.cohort] = groups
    seen = set()
    for number, by_cohort in known.items():
        for cohort, groups in [*by_cohort.items(), *_rests(by_cohort, later.cohorts)]:
            for name, size in groups.items():
                key = (number[:2], cohort, name, size)
                if 0 < round(size) < k and key not in seen:
                    seen.add(key)
                    yield Finding(
                        CHANGED, cohort, f"{name} of {' '.join(filter(None, number))}", round(size), size
                    )


def _groups(earlier: PublicRelease, later: PublicRelease) -> Iterator[tuple[Row, Groups]]:
    before = {row.identity: row for row in earlier.rows if not row.is_withheld}
    now = {row.identity: row for row in later.rows if not row.is_withheld}
    for row in later.rows:
        if row.is_withheld or not row.statistic.endswith(CHANGE) or row.statistic.endswith(PANEL_CHANGE):
            continue
        identity = (row.kind, row.subject, row.statistic.removesuffix(CHANGE), row.option, row.cohort)
        first, second = before.get(identity), now.get(identity)
        if first is None or second is None:
            continue
        either, one, two = (found.base or 0.0 for found in (row, first, second))
        yield row, {"joined": either - one, "left": either - two, "stayed": one + two - either}


def _rests(by_cohort: dict[str, Groups], cohorts: list[str]) -> Iterator[tuple[str, Groups]]:
    if ALL not in by_cohort:
        return
    for whole, parts in families_of(cohorts):
        shown = [part for part in parts if part in by_cohort]
        if whole in by_cohort and shown and len(shown) < len(parts):
            rest = {
                name: size - sum(by_cohort[part][name] for part in shown)
                for name, size in by_cohort[whole].items()
            }
            yield f"{whole} without {' and '.join(shown)}", rest
