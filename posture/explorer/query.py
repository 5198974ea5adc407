"""Parses an analyst's question from a query string, and writes it back. The query string contains all of the
question."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.cubes.frame import WAVE
from posture.analysis.estimates.cells import PAIR
from posture.explorer.choices import Break, Offer, code_from_address, code_in_address

FOREST, DUMBBELL, DIVERGING, TREND, HEAT = "forest", "dumbbell", "diverging", "trend", "heat"
CHARTS = {
    FOREST: lazy("Points with intervals"),
    DUMBBELL: lazy("Belief against evidence"),
    DIVERGING: lazy("Answers on a scale"),
    TREND: lazy("Wave by wave"),
    HEAT: lazy("Heat table"),
}
SORTS = {
    "given": lazy("As in the questionnaire"),
    "value": lazy("Highest first"),
    "base": lazy("Largest base first"),
}
MOST_SUBJECTS = 80

Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Question:
    """subjects: keys of the offer. breaks: none, one or two dimensions. kept: dimension -> codes; other organisations
    are excluded. answers: item -> options; organisations that gave one of them are included. weighted_to: the code of
    population targets."""

    subjects: tuple[str, ...]
    breaks: tuple[str, ...] = ()
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weighted_to: str = ""
    chart: str = FOREST
    sort: str = "given"

    def address(self) -> str:
        """Returns the query string, always in the same order, so that equal questions have equal addresses."""
        pairs: list[tuple[str, str]] = [("show", key) for key in self.subjects]
        pairs += list(zip(("by", "and"), self.breaks, strict=False))
        pairs += [(name, code_in_address(code)) for name in sorted(self.kept) for code in self.kept[name]]
        pairs += [
            ("answer", f"{item}:{option}") for item in sorted(self.answers) for option in self.answers[item]
        ]
        if self.weighted_to:
            pairs.append(("weighted", self.weighted_to))
        return urlencode([*pairs, ("chart", self.chart), ("sort", self.sort)], safe=":")

    @property
    def cut_breaks(self) -> tuple[str, ...]:
        """Returns the breaks; a chart by wave groups by the wave and by the first other dimension."""
        if self.chart != TREND or WAVE in self.breaks:
            return self.breaks
        return (*self.breaks[:1], WAVE)


@dataclass(frozen=True)
class Reading:
    """A parsed question. problems: parameter, expected value, found value. A parameter with a problem is ignored."""

    question: Question
    problems: tuple[str, ...]


def read_question(parameters: Parameters, offer: Offer) -> Reading:
    """Parses a question. Unknown values become problems, and the rest is used. Without subjects: all pairs, or
    without pairs all indicators. Without grouping by wave: the newest wave, unless one is selected."""
    reader = _Reader(parameters, offer)
    question = Question(
        subjects=reader.subjects(),
        breaks=reader.breaks(),
        kept=reader.kept(),
        answers=reader.answers(),
        weighted_to=reader.one("weighted", ("", *offer.targets), ""),
        chart=reader.one("chart", tuple(CHARTS), FOREST),
        sort=reader.one("sort", tuple(SORTS), "given"),
    )
    return Reading(reader.in_one_wave(question), tuple(reader.problems))


class _Reader:
    def __init__(self, parameters: Parameters, offer: Offer) -> None:
        self.parameters, self.offer = parameters, offer
        self.problems: list[str] = []

    def one(self, name: str, allowed: tuple[str, ...], otherwise: str) -> str:
        found = next(iter(self.parameters.get(name, ())), otherwise)
        if found in allowed:
            return found
        self._expected(name, _("one of {words}").format(words=", ".join(filter(None, allowed))), found)
        return otherwise

    def subjects(self) -> tuple[str, ...]:
        known = {subject.key for subject in self.offer.subjects}
        chosen = self._known("show", self.parameters.get("show", ()), known.__contains__, "a subject")
        if len(chosen) > MOST_SUBJECTS:
            self._expected(
                "show",
                _("at most {MOST_SUBJECTS} subjects").format(MOST_SUBJECTS=MOST_SUBJECTS),
                str(len(chosen)),
            )
        return chosen[:MOST_SUBJECTS] or _first_subjects(self.offer)

    def breaks(self) -> tuple[str, ...]:
        codes = tuple(one.code for one in self.offer.breaks)
        first, second = self.one("by", ("", *codes), ""), self.one("and", ("", *codes), "")
        if first == second and first:
            self._expected("and", _("another dimension than by"), second)
        return tuple(dict.fromkeys(code for code in (first, second) if code))

    def kept(self) -> dict[str, tuple[str, ...]]:
        found = {one.code: self._codes(one) for one in self.offer.breaks}
        return {code: codes for code, codes in found.items() if codes}

    def _codes(self, one: Break) -> tuple[str, ...]:
        texts = [text for text in self.parameters.get(one.code, ()) if text]
        kind = (
            _("the slug of a wave")
            if one.code == WAVE
            else _("a code of {words}").format(words=one.title.lower())
        )
        return tuple(
            code_from_address(text)
            for text in self._known(one.code, texts, lambda text: code_from_address(text) in one.labels, kind)
        )

    def answers(self) -> dict[str, tuple[str, ...]]:
        options = {item.code: {option.code for option in item.options} for item in self.offer.answerable}

        def is_known(text: str) -> bool:
            item, _, option = text.partition(":")
            return option in options.get(item, ())

        found: dict[str, tuple[str, ...]] = {}
        texts = [text for text in self.parameters.get("answer", ()) if text]
        for text in self._known("answer", texts, is_known, "item:option"):
            item, _, option = text.partition(":")
            found[item] = (*found.get(item, ()), option)
        return found

    def in_one_wave(self, question: Question) -> Question:
        """Restricts a question without grouping by wave to one wave. Waves are never added up, because an
        organisation would count twice."""
        chosen = question.kept.get(WAVE, ())
        if WAVE in question.cut_breaks or len(chosen) == 1:
            return question
        if chosen:
            self._expected(WAVE, _("one wave, or waves as a division"), ", ".join(chosen))
        return replace(question, kept={**question.kept, WAVE: (chosen or self.offer.waves)[-1:]})

    def _known(
        self, name: str, texts: Iterable[str], is_known: Callable[[str], bool], expected: str
    ) -> tuple[str, ...]:
        distinct = tuple(dict.fromkeys(texts))
        for text in distinct:
            if not is_known(text):
                self._expected(name, expected, text)
        return tuple(text for text in distinct if is_known(text))

    def _expected(self, name: str, expected: str, found: str) -> None:
        self.problems.append(
            _("{name}: expected {expected}, found “{found}”.").format(
                name=name, expected=expected, found=found[:60]
            )
        )


def _first_subjects(offer: Offer) -> tuple[str, ...]:
    pairs = tuple(one.key for one in offer.subjects if one.kind == PAIR)
    return pairs or tuple(one.key for one in offer.subjects if one.kind == "indicator")
