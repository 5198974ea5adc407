"""Data of the explorer's form: all choices, and the selected ones."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.estimates.cells import INDICATOR, ITEM, PAIR
from posture.explorer.choices import Break, Offer, Subject, code_in_address
from posture.explorer.query import Question

HEADINGS = {PAIR: lazy("Pairs of belief and evidence"), INDICATOR: "Indicators", ITEM: "Items"}

Groups = list[tuple[str, list[Subject]]]


def subject_groups(offer: Offer) -> Iterator[tuple[str, Groups]]:
    """Yields the subjects by heading: pairs and indicators in one group each, items by section."""
    for kind, heading in HEADINGS.items():
        subjects = [one for one in offer.subjects if one.kind == kind]
        if not subjects:
            continue
        if kind != ITEM:
            yield str(heading), [("", subjects)]
            continue
        sections = [(one.title, one.code) for one in offer.questionnaire.sections]
        groups = [(title, [one for one in subjects if one.section == code]) for title, code in sections]
        yield str(heading), [(title, found) for title, found in groups if found]


def filters(question: Question, offer: Offer) -> list[tuple[Break, list[tuple[str, str, bool]]]]:
    """Returns each dimension with its codes as in the query string, their labels, and whether they are selected."""
    return [
        (
            one,
            [
                (code_in_address(code), label, code in question.kept.get(one.code, ()))
                for code, label in one.labels.items()
            ],
        )
        for one in offer.breaks
    ]


def kept_answers(question: Question, offer: Offer) -> list[tuple[str, str]]:
    """Returns the answers of the filter: the text in the query string, and the label."""
    items = offer.questionnaire
    return [
        (f"{code}:{option}", f"{code}: {items.item(code).option(option).label}")
        for code, options in question.answers.items()
        for option in options
    ]


def filter_words(question: Question, offer: Offer) -> str:
    """Describes the filtered organisations in one line."""
    parts = [
        " or ".join(offer.break_by(code).labels[one] for one in kept) for code, kept in question.kept.items()
    ]
    parts += [
        f"{code} answered " + " or ".join(offer.questionnaire.item(code).option(one).label for one in options)
        for code, options in question.answers.items()
    ]
    return "; ".join(parts) or _("all organisations")


def cut_words(question: Question, offer: Offer) -> str:
    return " by ".join(offer.break_by(code).title.lower() for code in question.breaks)
