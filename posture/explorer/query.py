"""Parses an analyst's question from a query string, and writes it back. The query string contains all of the
question."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.cubes.frame import WAVE
from posture.analysis.estimates.cells import PAIR
from posture.explorer.choices import Break, ExplorerChoices, code_from_address, code_in_address

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
MAX_SUBJECTS = 80

Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class ExplorerQuery:
    """subjects: keys of the choices. breaks: none, one or two dimensions. filters: dimension -> codes; other
    organisations are excluded. answers: item -> options; organisations that gave one of them are included.
    weighted_to: the code of population targets."""

    subjects: tuple[str, ...]
    breaks: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weighted_to: str = ""
    chart: str = FOREST
    sort: str = "given"

    def address(self) -> str:
        """Returns the query string, always in the same order, so that equal questions have equal addresses."""
        pairs: list[tuple[str, str]] = [("show", key) for key in self.subjects]
        pairs += list(zip(("by", "and"), self.breaks, strict=False))
        pairs += [
            (name, code_in_address(code)) for name in sorted(self.filters) for code in self.filters[name]
        ]
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
class ParsedQuery:
    """A parsed question. problems: parameter, expected value, found value. A parameter with a problem is ignored."""

    query: ExplorerQuery
    problems: tuple[str, ...]


def parse_query(parameters: Parameters, choices: ExplorerChoices) -> ParsedQuery:
    """Parses a question. Unknown values become problems, and the rest is used. Without subjects: all pairs, or
    without pairs all indicators. Without grouping by wave: the newest wave, unless one is selected."""
    parser = _QueryParser(parameters, choices)
    query = ExplorerQuery(
        subjects=parser.subjects(),
        breaks=parser.breaks(),
        filters=parser.filters(),
        answers=parser.answers(),
        weighted_to=parser.choice("weighted", ("", *choices.targets), ""),
        chart=parser.choice("chart", tuple(CHARTS), FOREST),
        sort=parser.choice("sort", tuple(SORTS), "given"),
    )
    return ParsedQuery(parser.in_one_wave(query), tuple(parser.problems))


class _QueryParser:
    def __init__(self, parameters: Parameters, choices: ExplorerChoices) -> None:
        self.parameters, self.choices = parameters, choices
        self.problems: list[str] = []

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = next(iter(self.parameters.get(name, ())), default)
        if value in allowed:
            return value
        self._add_problem(name, _("one of {words}").format(words=", ".join(filter(None, allowed))), value)
        return default

    def subjects(self) -> tuple[str, ...]:
        keys = {subject.key for subject in self.choices.subjects}
        selected = self._valid_texts("show", self.parameters.get("show", ()), keys.__contains__, "a subject")
        if len(selected) > MAX_SUBJECTS:
            self._add_problem(
                "show",
                _("at most {number} subjects").format(number=MAX_SUBJECTS),
                str(len(selected)),
            )
        return selected[:MAX_SUBJECTS] or _first_subjects(self.choices)

    def breaks(self) -> tuple[str, ...]:
        codes = tuple(grouping.code for grouping in self.choices.breaks)
        first, second = self.choice("by", ("", *codes), ""), self.choice("and", ("", *codes), "")
        if first == second and first:
            self._add_problem("and", _("another dimension than by"), second)
        return tuple(dict.fromkeys(code for code in (first, second) if code))

    def filters(self) -> dict[str, tuple[str, ...]]:
        codes_by_dimension = {grouping.code: self._codes(grouping) for grouping in self.choices.breaks}
        return {code: codes for code, codes in codes_by_dimension.items() if codes}

    def _codes(self, grouping: Break) -> tuple[str, ...]:
        texts = [text for text in self.parameters.get(grouping.code, ()) if text]
        kind = (
            _("the slug of a wave")
            if grouping.code == WAVE
            else _("a code of {words}").format(words=grouping.title.lower())
        )
        return tuple(
            code_from_address(text)
            for text in self._valid_texts(
                grouping.code, texts, lambda text: code_from_address(text) in grouping.labels, kind
            )
        )

    def answers(self) -> dict[str, tuple[str, ...]]:
        options = {item.code: {option.code for option in item.options} for item in self.choices.answerable}

        def is_known(text: str) -> bool:
            item, _, option = text.partition(":")
            return option in options.get(item, ())

        selected: dict[str, tuple[str, ...]] = {}
        texts = [text for text in self.parameters.get("answer", ()) if text]
        for text in self._valid_texts("answer", texts, is_known, "item:option"):
            item, _, option = text.partition(":")
            selected[item] = (*selected.get(item, ()), option)
        return selected

    def in_one_wave(self, query: ExplorerQuery) -> ExplorerQuery:
        """Restricts a question without grouping by wave to one wave. Waves are never added up, because an
        organisation would count twice."""
        selected = query.filters.get(WAVE, ())
        if WAVE in query.cut_breaks or len(selected) == 1:
            return query
        if selected:
            self._add_problem(WAVE, _("one wave, or waves as a division"), ", ".join(selected))
        return replace(query, filters={**query.filters, WAVE: (selected or self.choices.waves)[-1:]})

    def _valid_texts(
        self, name: str, texts: Iterable[str], is_known: Callable[[str], bool], expected: str
    ) -> tuple[str, ...]:
        distinct = tuple(dict.fromkeys(texts))
        for text in distinct:
            if not is_known(text):
                self._add_problem(name, expected, text)
        return tuple(text for text in distinct if is_known(text))

    def _add_problem(self, name: str, expected: str, actual: str) -> None:
        self.problems.append(
            _("{name}: expected {expected}, found “{found}”.").format(
                name=name, expected=expected, found=actual[:60]
            )
        )


def _first_subjects(choices: ExplorerChoices) -> tuple[str, ...]:
    pairs = tuple(subject.key for subject in choices.subjects if subject.kind == PAIR)
    return pairs or tuple(subject.key for subject in choices.subjects if subject.kind == "indicator")
