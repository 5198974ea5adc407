"""What a release says of one question and of one pair, for the pages of frameworks."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.models import Estimate, Release
from posture.releases.queries import EstimateTable, comparison_table, estimate_table, latest_release_of
from posture.reports.bases import is_left_open
from posture.reports.medians import medians_of
from posture.reports.values import Value
from surveys.instrument.cohorts import ALL
from surveys.instrument.questionnaire_definition import ANY_ROLE, Item, Option, Pair, Questionnaire

KINDS = {
    "belief": lazy("belief"),
    "evidence": lazy("evidence"),
    "forecast": lazy("forecast"),
    "context": lazy("background"),
}
MOST_OPTIONS_IN_VIEW = 4


@dataclass(frozen=True)
class NamedValue:
    words: str
    value: Value


@dataclass(frozen=True)
class Source:
    """The newest version of a questionnaire, its newest published release and the estimates of all organisations.

    clear  pairs whose gap is clearly above zero, after correction for all gaps
    """

    questionnaire: Questionnaire
    release: Release | None
    table: EstimateTable
    clear: frozenset[str] = frozenset()

    @property
    def released(self) -> Questionnaire | None:
        """Returns the version of the questionnaire that the release reports."""
        return self.release.wave.questionnaire.definition if self.release else None


@dataclass(frozen=True)
class ItemRow:
    """A question that refers to a clause. results: its numbers; absent: the shares without a substantive answer."""

    item: Item
    asked: str
    results: tuple[NamedValue, ...]
    absent: tuple[NamedValue, ...]
    note: str

    @property
    def is_long(self) -> bool:
        return len(self.results) > MOST_OPTIONS_IN_VIEW

    @property
    def most_frequent(self) -> NamedValue | None:
        """Returns the most frequent answer; None if one of the shares is withheld or shown as a range, because that
        answer could be more frequent."""
        dots = [(result.value.dot, result) for result in self.results]
        exact = [(dot.value, result) for dot, result in dots if dot is not None and not dot.bound]
        if len(exact) < len(dots) or not exact:
            return None
        return max(exact, key=lambda entry: entry[0])[1]


@dataclass(frozen=True)
class PairRow:
    """A pair of belief and evidence of which a question refers to a clause. gap: in points; None for times, and if
    it is not shown exactly."""

    pair: Pair
    results: tuple[NamedValue, ...]
    absent: tuple[NamedValue, ...]
    note: str
    gap: float | None = None


def source_of(questionnaire: Questionnaire) -> Source:
    release = latest_release_of(questionnaire.slug)
    if release is None:
        return Source(questionnaire, None, EstimateTable({}))
    table = estimate_table(release, ALL, subject_kind__in=("item", "pair"))
    comparisons = comparison_table(release, ALL, compared_with="zero")
    return Source(questionnaire, release, table, comparisons.clear_pairs("higher"))


def item_row(source: Source, item: Item) -> ItemRow:
    questionnaire = source.questionnaire
    role = _("Any role") if item.role == ANY_ROLE else questionnaire.role(item.role).label
    note = _item_note(source, item)
    results = () if note.is_final else _results(source.table, item)
    absent = () if note.is_final else _shares(source.table, item, is_substantive=False)
    missing = _("This release has no number for this question.")
    return ItemRow(
        item=item,
        asked=f"{role}, {KINDS[item.kind]}",
        results=results,
        absent=absent,
        note=note.text or ("" if results else missing),
    )


@dataclass(frozen=True)
class _Note:
    """is_final: there is no number to show."""

    text: str = ""
    is_final: bool = False


def _item_note(source: Source, item: Item) -> _Note:
    released = source.released
    if item.status == "reserve":
        return _Note(_("Reserve question: no survey asks it yet."), True)
    if released is None:
        return _Note(_("No release of this questionnaire is published."), True)
    if item.type == "text":
        return _Note(_("Free text is not published."), True)
    known = next((row for row in released.items if row.code == item.code), None)
    asked = {"version": released.version}
    if known is None:
        return _Note(
            _("Version {version}, which was asked, does not have this question.").format(**asked), True
        )
    if known.wording != item.wording:
        text = _("Version {version}, which was asked, has other words: “{wording}”")
        return _Note(text.format(**asked, wording=known.wording))
    if known.options != item.options:
        return _Note(
            _("Version {version}, which was asked, has other answers to choose from.").format(**asked)
        )
    return _Note()


def _results(table: EstimateTable, item: Item) -> tuple[NamedValue, ...]:
    if not item.is_numeric:
        return _shares(table, item, is_substantive=True)
    row = table.row("item", item.code, "mean")
    return (NamedValue(_("Mean"), _value(table, item, row)),) if row else ()


def _shares(table: EstimateTable, item: Item, *, is_substantive: bool) -> tuple[NamedValue, ...]:
    """Returns the shares of the options that the release has."""
    options: list[tuple[Option, Estimate | None]] = [
        (option, table.row("item", item.code, "share", option.code))
        for option in item.options
        if option.is_substantive == is_substantive
    ]
    return tuple(NamedValue(option.label, _value(table, item, row)) for option, row in options if row)


def _value(table: EstimateTable, item: Item, row: Estimate | None) -> Value:
    return Value.of(row, is_left_open=is_left_open(table, item.code))


def pair_row(source: Source, pair: Pair) -> PairRow:
    """Returns the numbers of a pair: for times as medians in the words of the answers, for others as means or shares
    of the organisations with both answers."""
    released = source.released
    known = next((row for row in released.pairs if row.code == pair.code), None) if released else None
    if pair.status == "reserve":
        return PairRow(pair, (), (), _("Reserve pair: no survey asks it yet."))
    if released is None or known is None:
        return PairRow(pair, (), (), _("No release has this pair."))
    medians = medians_of(released, known, source.table) if pair.gap == "ordinal_time" else None
    if medians is not None:
        results = [
            NamedValue(_("Believed, median"), medians.belief),
            NamedValue(_("On record, median"), medians.evidence),
            NamedValue(_("Over-confident"), _pair_value(source.table, pair, "gap_over")),
        ]
    else:
        names = (("belief", _("Believed")), ("evidence", _("On record")), ("gap", _("Gap")))
        results = [NamedValue(words, _pair_value(source.table, pair, name)) for name, words in names]
    absent = (
        ("belief_dont_know", _("Don't know, belief")),
        ("evidence_dont_know", _("Don't know, evidence")),
    )
    gap = source.table.row("pair", pair.code, "gap")
    is_exact = gap is not None and gap.unit == "points" and not gap.bound
    return PairRow(
        pair=pair,
        gap=gap.value if gap is not None and is_exact else None,
        results=tuple(results),
        absent=tuple(NamedValue(words, _pair_value(source.table, pair, name)) for name, words in absent),
        note="",
    )


def _pair_value(table: EstimateTable, pair: Pair, statistic: str) -> Value:
    many_left_it_open = any(is_left_open(table, code) for code in (pair.belief, pair.evidence))
    is_level = statistic in ("belief", "evidence") and pair.gap == "ordinal_time"
    return Value.of(
        table.row("pair", pair.code, statistic), is_level=is_level, is_left_open=many_left_it_open
    )
