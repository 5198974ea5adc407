"""Content of the receipt of a number: statistic, base, method and data."""

from dataclasses import dataclass

from posture.analysis.answers.scoring import MATURITY
from posture.analysis.estimates.quantities import MEDIAN
from posture.charts import number_text
from posture.models import Estimate, Release
from posture.releases.queries import EstimateTable, comparison_table, estimate_table, quoted_benchmarks
from posture.reports.bases import (
    ItemBases,
    OtherBase,
    is_left_open,
    item_bases,
    other_base,
    possible_values,
    possible_values_of_all,
)
from posture.reports.benchmark_comparisons import BenchmarkComparisonView, benchmark_comparison_views
from posture.reports.derived import compared_statistic, comparison_kind
from posture.reports.intervals import other_intervals
from posture.reports.medians import median_value
from posture.reports.pairs import PublishedMark, pair_marks
from posture.reports.standing import score_title
from posture.reports.values import Value
from posture.reports.wording import NO_DIRECTION_TYPES, TYPES
from posture.stored_definitions import catalogue
from surveys.instrument.cohorts import cohort_label
from surveys.instrument.questionnaire_definition import Item, Pair, Questionnaire

FINITE_POPULATION_SECTION = "Finite population"
METHODS = {
    "wilson": ("Share, with Wilson's interval", "Share"),
    "wilson_beside_few": (
        "Share of a base that includes a few organisations whose number is not shown; the count of the others is exact."
        " Wilson's interval",
        "What is withheld",
    ),
    "wilson_jackknife_beside_few": (
        "Weighted share of a base that includes a few organisations whose number is not shown, with Wilson's interval",
        "What is withheld",
    ),
    "t": ("Mean, with Student's t interval", "Mean"),
    "wilson_jackknife": ("Weighted share, with Wilson's interval on the effective base", "Weights"),
    "t_jackknife": ("Weighted mean, with a t interval from the jackknife", "Weights"),
    "paired_t": (
        "Mean of the changes of each organisation, with Student's t interval",
        "Change between waves",
    ),
    "contrast": ("Difference with the covariance of both sides kept, t interval", "Change between waves"),
    "contrast_jackknife": ("Weighted difference, with a t interval from the jackknife", "Weights"),
    "newcombe": (
        "Difference of independent shares, with Newcombe's interval",
        "Difference of independent shares",
    ),
    "newcombe_jackknife": (
        "Difference of weighted shares, with Newcombe's interval on effective bases",
        "Weights",
    ),
    "count": ("Number of organisations", "Bases"),
    "band": ("A band instead of the exact share", "Bases"),
    "median": ("Median of bands, of organisations that count once each", "Gap"),
    "signed_rank": ("Median of gaps in bands, with Wilcoxon's signed-rank test", "Gap"),
    "possible": ("Lowest and highest possible, in whole percents rounded outwards", "Bases"),
    "tango": ("Difference of paired shares, with Tango's score interval", "Difference of paired shares"),
    "wilson_fpc": (
        "Share, with Wilson's interval corrected for the size of the frame",
        FINITE_POPULATION_SECTION,
    ),
    "t_fpc": (
        "Mean, with Student's t interval corrected for the size of the frame",
        FINITE_POPULATION_SECTION,
    ),
    "tango_fpc": (
        "Difference of paired shares, with Tango's interval corrected for the size of the frame",
        FINITE_POPULATION_SECTION,
    ),
    "contrast_fpc": (
        "Difference, with a t interval corrected for the size of the frame",
        FINITE_POPULATION_SECTION,
    ),
    "newcombe_fpc": (
        "Difference of independent shares, with Newcombe's interval corrected for the size of the frame",
        FINITE_POPULATION_SECTION,
    ),
}
ANSWERED = (
    "Organisations that answered, “don't know” and “no evidence” among them. Left open, not asked and not applicable"
    " are not counted."
)
SUBSTANTIVE = "Organisations that gave an answer other than “don't know” or “no evidence”."
COMPLETE = (
    "Organisations where two different people answered both halves and the evidence was not merely estimated."
)
CLASSIFIED = (
    "Organisations with a belief whose evidence was answered, unknown, never measured or only estimated."
)
EXCLUDES_FEW = (
    "leaves out a few of them whose number may not be shown. The value holds however many they are."
)
SINGLE_INFORMANT = "Organisations where one person answered both halves."
ANSWERED_OF_ASKED = (
    "Organisations that gave an answer. The share is of all that were asked; how many those are is not shown, because a"
    " count below the threshold would follow."
)
SUBSTANTIVE_OF_ANSWERED = (
    "Organisations that gave a substantive answer. The number is of all organisations that answered, also those that"
    " said “don't know” or “no evidence”."
)
SUBSTANTIVE_OF_ALL = (
    "Organisations that gave a substantive answer. The number is of all organisations of the cohort that take part,"
    " whatever keeps the others from a substantive answer: no respondent in this role, “don't know”, left open, not"
    " asked, or not applicable."
)
SCORED = "Organisations that answered at least three in five of the items that apply to them."
COUNTED_ORGANIZATIONS = "The organisations that are counted."
ITEM_STATISTICS = {
    "not_applicable": ("Organisations that said that it does not apply", COUNTED_ORGANIZATIONS),
    "routed_out": (
        "Organisations that were not asked, because an earlier answer made it pointless",
        COUNTED_ORGANIZATIONS,
    ),
    "blank": ("Organisations that left it open", COUNTED_ORGANIZATIONS),
    "nonresponse": (
        "Share that left it open, of those who were asked; shown as a band only",
        ANSWERED_OF_ASKED,
    ),
}
INDICATOR_STATISTICS = {
    "lowest_possible": (
        "lowest possible: everybody without a substantive answer is taken at the lowest end",
        SUBSTANTIVE_OF_ANSWERED,
    ),
    "highest_possible": (
        "highest possible: everybody without a substantive answer is taken at the highest end",
        SUBSTANTIVE_OF_ANSWERED,
    ),
    "lowest_possible_of_all": (
        "lowest possible of all organisations that take part: everybody without a substantive answer is taken at the"
        " lowest end",
        SUBSTANTIVE_OF_ALL,
    ),
    "highest_possible_of_all": (
        "highest possible of all organisations that take part: everybody without a substantive answer is taken at the"
        " highest end",
        SUBSTANTIVE_OF_ALL,
    ),
    "share_with_dont_know": ("with “don't know” in the base", ANSWERED),
    "share_without_dont_know": ("without “don't know” in the base", SUBSTANTIVE),
}
PAIR_STATISTICS = {
    "belief": ("What was believed", COMPLETE),
    "evidence": ("What the records show", COMPLETE),
    "gap": ("How much more favourable the belief is than the evidence", COMPLETE),
    "belief_median": ("Median of what was believed, the lower of two middle bands", COMPLETE),
    "evidence_median": ("Median of what the records show, the lower of two middle bands", COMPLETE),
    "gap_median": ("Median gap in bands, the lower of two middle ones", COMPLETE),
    "gap_over": ("Over-confident among those with both halves", COMPLETE),
    "gap_under": ("Under-confident among those with both halves", COMPLETE),
    "weak_evidence": ("Clean record, but little is monitored or nobody knows how much", COMPLETE),
    "no_evidence": ("Belief without evidence", CLASSIFIED),
    "evidence_estimated": ("Evidence estimated without records", CLASSIFIED),
    "belief_dont_know": ("“Don't know” where a belief was asked", ANSWERED),
    "evidence_dont_know": ("“Don't know” where evidence was asked", ANSWERED),
    "single_informant_gap": ("Gap where one person answered both halves", SINGLE_INFORMANT),
}


@dataclass(frozen=True)
class Receipt:
    title: str
    statement: str
    wordings: list[tuple[str, str]]
    counted_answers: list[str]
    base_words: str
    cohort: str
    value: Value
    unweighted: str
    method: str
    section: str
    comparisons: tuple[BenchmarkComparisonView, ...]
    marks: tuple[PublishedMark, ...]
    bases: list[ItemBases]
    other_base: OtherBase | None
    possible_values: tuple[Value, Value] | None
    possible_values_of_all: tuple[Value, Value] | None
    other_intervals: list[tuple[str, str]]
    test_text: str
    are_definitions_current: bool
    replaces: Release | None

    @property
    def base_rows(self) -> list[tuple[str, list[tuple[str, Value | None]]]]:
        """Returns one row per state with each item and its value; None if the item has no such state."""
        by_item = {
            item_bases.item: {row.label: row.value for row in item_bases.rows} for item_bases in self.bases
        }
        states = dict.fromkeys(label for values in by_item.values() for label in values)
        return [(label, [(item, values.get(label)) for item, values in by_item.items()]) for label in states]


def receipt_of(release: Release, estimate: Estimate) -> Receipt:
    questionnaire: Questionnaire = release.wave.questionnaire.definition
    statistic = compared_statistic(estimate.statistic)
    title, statement, items, counted_answers, base = PARTS[estimate.subject_kind](
        questionnaire, estimate, statistic
    )
    if kind := comparison_kind(estimate.statistic):
        statement, base = f"{statement}: {kind[0]}", kind[1]
    method, section = METHODS[estimate.method]
    current_definitions = catalogue.definitions_of(
        release.wave.questionnaire.source, questionnaire.slug, release.targets
    )
    is_level = estimate.statistic in ("belief", "evidence")
    is_indicator_value = estimate.subject_kind == "indicator" and estimate.statistic in ("share", "mean")
    table = _table(release, estimate, items)
    has_open_item = _has_bases(estimate) and any(is_left_open(table, item.code) for item in items)
    return Receipt(
        title=title,
        statement=statement,
        wordings=[(item.code, item.wording) for item in items],
        counted_answers=counted_answers,
        base_words=_base_words(estimate, base),
        cohort=cohort_label(estimate.cohort),
        value=(
            median_value(estimate, questionnaire)
            if estimate.statistic.endswith(MEDIAN)
            else Value.of(estimate, is_level=is_level, is_left_open=has_open_item)
        ),
        unweighted=number_text.figure(estimate.unweighted_value, estimate.unit, is_level=is_level),
        method=method,
        section=section,
        comparisons=_comparisons(release, estimate),
        marks=_marks(release, estimate, questionnaire),
        bases=[item_bases(item, table) for item in items if _has_bases(estimate)],
        other_base=other_base(estimate.subject, table) if is_indicator_value else None,
        possible_values=possible_values(estimate.subject, table) if is_indicator_value else None,
        possible_values_of_all=possible_values_of_all(estimate.subject, table)
        if is_indicator_value
        else None,
        other_intervals=other_intervals(estimate),
        test_text="" if estimate.p_value is None else number_text.p_value(estimate.p_value),
        are_definitions_current=catalogue.digest_of(current_definitions) == release.definitions_digest,
        replaces=release.replaces,
    )


def _base_words(estimate: Estimate, base: str) -> str:
    """Describes the base. A range may use the base of those with a substantive answer, if the number of the others is
    small."""
    if base not in (ANSWERED, CLASSIFIED) or not estimate.bound:
        return base
    return f"{base} The base shown {'' if 'beside_few' in estimate.method else 'sometimes '}{EXCLUDES_FEW}"


def _has_bases(estimate: Estimate) -> bool:
    return estimate.value is not None and estimate.subject_kind != "score"


def _table(release: Release, estimate: Estimate, items: list[Item]) -> EstimateTable:
    """Returns the rows of the number's items, and for an indicator its own rows."""
    codes = [item.code for item in items]
    rows = estimate_table(release, estimate.cohort, subject_kind="item", subject__in=codes).rows
    if estimate.subject_kind == "indicator":
        indicator_rows = estimate_table(
            release, estimate.cohort, subject_kind="indicator", subject=estimate.subject
        )
        rows = rows | indicator_rows.rows
    return EstimateTable(rows)


def _comparisons(release: Release, estimate: Estimate) -> tuple[BenchmarkComparisonView, ...]:
    """Returns comparisons with the verdicts of the report, which are corrected for all comparisons of the cohort."""
    if estimate.subject_kind != "indicator" or estimate.statistic not in ("share", "mean"):
        return ()
    filters = {"compared_with": "benchmark", "subject": estimate.subject}
    return benchmark_comparison_views(estimate, comparison_table(release, estimate.cohort, **filters))


def _marks(release: Release, estimate: Estimate, questionnaire: Questionnaire) -> tuple[PublishedMark, ...]:
    if estimate.subject_kind != "pair" or estimate.statistic not in ("belief", "evidence"):
        return ()
    indicators = catalogue.indicators_of(questionnaire.slug)
    marks = pair_marks(questionnaire.pair(estimate.subject), indicators, quoted_benchmarks(release))
    return tuple(mark for mark in marks if mark.side == estimate.statistic)


ReceiptParts = tuple[str, str, list[Item], list[str], str]


def _item_parts(questionnaire: Questionnaire, estimate: Estimate, statistic: str) -> ReceiptParts:
    item = questionnaire.item(estimate.subject)
    if statistic == "mean":
        return item.wording, "Mean of the numbers given", [item], [], SUBSTANTIVE
    if statistic in ITEM_STATISTICS:
        statement, base = ITEM_STATISTICS[statistic]
        return item.wording, statement, [item], [], base
    label = item.option(estimate.option).label
    return label, "Share of organisations that gave this answer", [item], [label], ANSWERED


def _indicator_parts(questionnaire: Questionnaire, estimate: Estimate, statistic: str) -> ReceiptParts:
    indicator = next(
        candidate
        for candidate in catalogue.indicators_of(questionnaire.slug)
        if candidate.code == estimate.subject
    )
    item = questionnaire.item(indicator.item)
    counted_answers = [item.option(code).label for code in indicator.counts]
    if indicator.threshold is not None:
        counted_answers = [
            f"{'Exactly' if indicator.statistic == 'share_at' else 'Below'} {indicator.threshold}"
        ]
    statement = "Mean of the numbers given" if indicator.statistic == "mean" else "Share of organisations"
    base = ANSWERED if indicator.dont_know == "in_base" else SUBSTANTIVE
    if statistic in INDICATOR_STATISTICS:
        addition, base = INDICATOR_STATISTICS[statistic]
        statement = f"{statement}, {addition}"
    return indicator.label, statement, [item], counted_answers, base


def _score_parts(questionnaire: Questionnaire, estimate: Estimate, statistic: str) -> ReceiptParts:
    file = catalogue.score_file(questionnaire.slug)
    domains = file.domains if file else ()
    selected_domains = [domain for domain in domains if estimate.subject in (domain.code, MATURITY)]
    items = [
        questionnaire.item(scored_item.item) for domain in selected_domains for scored_item in domain.items
    ]
    title = score_title(questionnaire, estimate.subject)
    return title, "Mean evidence score, 0 to 100", items, [], SCORED


def _pair_parts(questionnaire: Questionnaire, estimate: Estimate, statistic: str) -> ReceiptParts:
    pair = questionnaire.pair(estimate.subject)
    items = [questionnaire.item(pair.belief), questionnaire.item(pair.evidence)]
    statement, base = PAIR_STATISTICS.get(statistic) or (_type_words(pair, statistic), CLASSIFIED)
    return pair.label, statement, items, _counts_as_yes(pair, items), base


def _type_words(pair: Pair, statistic: str) -> str:
    return str((NO_DIRECTION_TYPES if pair.direction == "none" else TYPES)[statistic])


def _counts_as_yes(pair: Pair, items: list[Item]) -> list[str]:
    items_with_codes = zip(items, (pair.belief_yes, pair.evidence_yes), strict=True)
    return [f"{item.code}: {item.option(code).label}" for item, codes in items_with_codes for code in codes]


PARTS = {
    "item": _item_parts,
    "indicator": _indicator_parts,
    "pair": _pair_parts,
    "score": _score_parts,
}
