"""Data of the explorer's form: all choices, and the selected ones."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.estimates.cells import INDICATOR, ITEM, PAIR
from posture.explorer.choices import Break, ExplorerChoices, Subject, code_in_address
from posture.explorer.query import ExplorerQuery

HEADINGS = {PAIR: lazy("Pairs of belief and evidence"), INDICATOR: "Indicators", ITEM: "Items"}

Groups = list[tuple[str, list[Subject]]]


def subject_groups(choices: ExplorerChoices) -> Iterator[tuple[str, Groups]]:
    """Yields the subjects by heading: pairs and indicators in one group each, items by section."""
    for kind, heading in HEADINGS.items():
        subjects = [subject for subject in choices.subjects if subject.kind == kind]
        if not subjects:
            continue
        if kind != ITEM:
            yield str(heading), [("", subjects)]
            continue
        sections = [(section.title, section.code) for section in choices.questionnaire.sections]
        groups = [
            (title, [subject for subject in subjects if subject.section == code]) for title, code in sections
        ]
        yield str(heading), [(title, members) for title, members in groups if members]


def filters(
    query: ExplorerQuery, choices: ExplorerChoices
) -> list[tuple[Break, list[tuple[str, str, bool]]]]:
    """Returns each dimension with its codes as in the query string, their labels, and whether they are selected."""
    return [
        (
            grouping,
            [
                (code_in_address(code), label, code in query.filters.get(grouping.code, ()))
                for code, label in grouping.labels.items()
            ],
        )
        for grouping in choices.breaks
    ]


def kept_answers(query: ExplorerQuery, choices: ExplorerChoices) -> list[tuple[str, str]]:
    """Returns the answers of the filter: the text in the query string, and the label."""
    questionnaire = choices.questionnaire
    return [
        (f"{code}:{option}", f"{code}: {questionnaire.item(code).option(option).label}")
        for code, options in query.answers.items()
        for option in options
    ]


def filter_words(query: ExplorerQuery, choices: ExplorerChoices) -> str:
    """Describes the filtered organisations in one line."""
    parts = [
        " or ".join(choices.break_by(code).labels[value] for value in codes)
        for code, codes in query.filters.items()
    ]
    parts += [
        f"{code} answered "
        + " or ".join(choices.questionnaire.item(code).option(option).label for option in options)
        for code, options in query.answers.items()
    ]
    return "; ".join(parts) or _("all organisations")


def cut_words(query: ExplorerQuery, choices: ExplorerChoices) -> str:
    return " by ".join(choices.break_by(code).title.lower() for code in query.breaks)
