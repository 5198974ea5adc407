"""The finding of a gap report in words: a headline, one sentence, and what else the release says clearly.

Every sentence has a condition. A sentence whose numbers are withheld, or not clear, is left out."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from posture.charts import number_text
from posture.reports.change import ChangeReport
from posture.reports.pairs import PairView
from posture.reports.sentences import Count, Sentence, sentence

BARS = 3
MUCH_WITHOUT_EVIDENCE = 25.0
"""Percent of organisations from which a missing record is worth a sentence."""


@dataclass(frozen=True)
class Finding:
    """headline: without numbers. sentence: the finding with its numbers. bars: the pairs that the first screen shows,
    the widest clear gaps first, then the widest others. details: further sentences."""

    headline: str
    sentence: Sentence
    bars: tuple[PairView, ...]
    details: tuple[Sentence, ...]


@dataclass(frozen=True)
class Gaps:
    """The pairs of a cohort. over, under: codes of the pairs whose belief is clearly more or less favourable than the
    evidence, after correction for all gaps of the cohort. addresses: where readers find the pairs and the changes."""

    pairs: Sequence[PairView]
    over: Collection[str]
    under: Collection[str]
    address: str
    change_address: str
    level: float

    @property
    def compared(self) -> list[PairView]:
        return [view for view in self.pairs if view.pair.direction != "none" and not view.gap.is_withheld]

    @property
    def withheld(self) -> list[PairView]:
        return [view for view in self.pairs if view.gap.is_withheld]

    def widest(self, codes: Collection[str]) -> list[PairView]:
        clear = [view for view in self.compared if view.pair.code in codes]
        return sorted(
            clear, key=lambda view: (view.axis == "bands", -abs(view.gap.dot.value if view.gap.dot else 0))
        )


def finding_of(gaps: Gaps, change: ChangeReport | None) -> Finding:
    over, under = gaps.widest(gaps.over), gaps.widest(gaps.under)
    clear = over if len(over) >= len(under) else under
    shown = [view for view in clear if view.axis != "bands"]
    bars = (*shown, *(view for view in _widest_published(gaps) if view not in shown))[:BARS]
    if not gaps.compared:
        headline, words = _("The gaps of this group are withheld"), _all_withheld(gaps)
    elif not clear:
        headline, words = _("No gap between belief and evidence is clear"), _none_clear(gaps)
    elif len(over) > len(under):
        headline, words = _("Executives believe more than the records show"), _over(gaps, over)
    elif len(under) > len(over):
        headline, words = _("The records show more than executives believe"), _under(gaps, under)
    else:
        headline, words = _("Belief and evidence differ in both directions"), _both(gaps, over, under)
    return Finding(headline, words, bars, tuple(_details(gaps, bars, change)))


def _widest_published(gaps: Gaps) -> list[PairView]:
    shown = [view for view in gaps.compared if view.axis != "bands" and view.gap.dot]
    return sorted(shown, key=lambda view: view.sort_key)


def _all_withheld(gaps: Gaps) -> Sentence:
    return sentence(
        _(
            "Too few organisations of this group answered both questions of a pair to publish any of {pairs} gaps."
        ),
        pairs=_count(len(gaps.pairs), gaps.address),
    )


def _none_clear(gaps: Gaps) -> Sentence:
    return sentence(
        _(
            "Of {compared} pairs of belief and evidence, none differs clearly once all of them are taken together. That"
            " does not show that they are equal."
        ),
        compared=_count(len(gaps.compared), gaps.address),
    )


def _over(gaps: Gaps, over: list[PairView]) -> Sentence:
    words = _(
        "In {clear} of {compared} pairs belief is clearly more favourable than the evidence. The widest of these:"
        " {label}, {belief} believed, {evidence} on record."
    )
    return _clear_gaps(gaps, words, over[0], clear=over)


def _under(gaps: Gaps, under: list[PairView]) -> Sentence:
    words = _(
        "In {clear} of {compared} pairs the evidence is clearly more favourable than the belief. The widest of"
        " these: {label}, {belief} believed, {evidence} on record."
    )
    return _clear_gaps(gaps, words, under[0], clear=under)


def _both(gaps: Gaps, over: list[PairView], under: list[PairView]) -> Sentence:
    words = _(
        "Belief is clearly more favourable in {over} of {compared} pairs, and clearly less favourable in {under}."
        " The widest gap: {label}, {belief} believed, {evidence} on record."
    )
    return _clear_gaps(gaps, words, over[0], over=over, under=under)


def _clear_gaps(gaps: Gaps, words: str, widest: PairView, **counted: list[PairView]) -> Sentence:
    """Fills the words with the numbers of pairs and the widest pair."""
    belief, evidence = widest.typical
    return sentence(
        words,
        compared=_count(len(gaps.compared), gaps.address),
        label=widest.pair.label.lower(),
        belief=belief,
        evidence=evidence,
        **{name: _count(len(views), gaps.address) for name, views in counted.items()},
    )


def _details(gaps: Gaps, bars: Sequence[PairView], change: ChangeReport | None) -> Iterator[Sentence]:
    for view in bars:
        yield _pair(view, gaps.level)
    missing = _most_without_evidence(gaps)
    if missing is not None:
        yield sentence(
            _("{share} of organisations with a belief have no evidence for it: {label} (base {base})."),
            share=missing.types["no_evidence"],
            label=missing.pair.label.lower(),
            base=str(missing.types["no_evidence"].base or 0),
        )
    if change is not None and change.clear:
        yield sentence(
            ngettext(
                "{number} of {compared} measures changed clearly since {earlier}.",
                "{number} of {compared} measures changed clearly since {earlier}.",
                len(change.clear),
            ),
            number=_count(len(change.clear), gaps.change_address),
            compared=_count(change.compared, gaps.change_address),
            earlier=change.earlier.title,
        )
    if gaps.withheld and gaps.compared:
        yield sentence(
            ngettext(
                "{number} of {pairs} gaps is withheld in this group to protect organisations.",
                "{number} of {pairs} gaps are withheld in this group to protect organisations.",
                len(gaps.withheld),
            ),
            number=_count(len(gaps.withheld), gaps.address),
            pairs=_count(len(gaps.pairs), gaps.address),
        )


def _pair(view: PairView, level: float) -> Sentence:
    return sentence(
        _(
            "{object}: {belief} by belief, {evidence} on record. The gap is {gap} ({level} interval {interval}, {base}"
            " organisations with both answers)."
        ),
        object=view.pair.object,
        belief=view.belief,
        evidence=view.evidence,
        gap=view.gap,
        level=number_text.level(level),
        interval=view.gap.interval,
        base=str(view.gap.base or 0),
    )


def _most_without_evidence(gaps: Gaps) -> PairView | None:
    """Returns the pair with the largest exact share of organisations without evidence, if it is large."""

    def share(view: PairView) -> float:
        dot = view.types["no_evidence"].dot
        return dot.value if dot is not None and not dot.bound else 0.0

    first = max(gaps.compared, key=share, default=None)
    return first if first is not None and share(first) >= MUCH_WITHOUT_EVIDENCE else None


def _count(number: int, address: str) -> Count:
    return Count(str(number), address)
