"""Checks a mapping against its questionnaire, before any file is read."""

from collections import Counter
from collections.abc import Iterator

from surveys.imports.mapping.definition import CodedColumn, ItemColumns, Mapping
from surveys.instrument import cohorts
from surveys.instrument.definition_file import InvalidDefinition, Problem
from surveys.instrument.questionnaire_definition import Item, Questionnaire
from surveys.instrument.routing import may_be_asked


def check_mapping(mapping: Mapping, questionnaire: Questionnaire, *, name: str) -> None:
    """Raises InvalidDefinition with every problem."""
    problems = [
        Problem(name, place, expected, found) for place, expected, found in _problems(mapping, questionnaire)
    ]
    if problems:
        raise InvalidDefinition(problems)


Problems = Iterator[tuple[str, str, str]]


def _problems(mapping: Mapping, questionnaire: Questionnaire) -> Problems:
    yield from _respondent(mapping, questionnaire)
    for dimension, column in mapping.organization.frame.items():
        codes = cohorts.dimension(dimension).codes
        yield from _codes(f"organization > {dimension}", column, codes)
    for item, number in Counter(columns.item for columns in mapping.items).items():
        if number > 1:
            yield f"items {item}", "each item once", f"{number} entries"
    items = {item.code: item for item in questionnaire.items}
    for columns in mapping.items:
        if columns.item not in items:
            yield f"items {columns.item}", f"an item of {questionnaire.key}", columns.item
        else:
            yield from _item(columns, items[columns.item], mapping, questionnaire)


def _respondent(mapping: Mapping, questionnaire: Questionnaire) -> Problems:
    roles = [role.code for role in questionnaire.roles]
    respondent, wave = mapping.respondent, mapping.wave
    if respondent.role and respondent.role not in roles:
        yield "respondent > role", f"a role of {questionnaire.key}", respondent.role
    if respondent.role_column:
        yield from _codes("respondent > role_column", respondent.role_column, roles)
    for place, time in (("opens_at", wave.opens_at), ("closes_at", wave.closes_at)):
        if time.tzinfo is None:
            yield f"wave > {place}", "a time with its zone, such as 2026-01-01T00:00:00Z", str(time)
            return
    if wave.closes_at <= wave.opens_at:
        yield "wave > closes_at", "a time after opens_at", str(wave.closes_at)
    date = respondent.date and respondent.date.replace(tzinfo=respondent.date.tzinfo or wave.opens_at.tzinfo)
    if date and not wave.opens_at <= date < wave.closes_at:
        yield "respondent > date", "a time while the wave is open", str(date)


def _codes(place: str, column: CodedColumn, valid_codes: list[str] | tuple[str, ...]) -> Problems:
    for text, code in column.codes.items():
        if code not in valid_codes:
            yield f"{place} > codes > {text}", f"one of {', '.join(valid_codes)}", code


def _item(columns: ItemColumns, item: Item, mapping: Mapping, questionnaire: Questionnaire) -> Problems:
    place = f"items {columns.item}"
    role = mapping.respondent.role
    if role and not may_be_asked(item, role):
        yield place, f"an item that {role} is asked", f"an item of {item.role}, {item.status}"
    options = {option.code for option in item.options}
    for text, code in columns.codes.items():
        if code not in options:
            yield f"{place} > codes > {text}", "a code of its options", code
    for field, codes in (("columns", tuple(columns.columns)), ("absent", columns.absent)):
        for code in codes:
            if code not in options:
                yield f"{place} > {field}", "codes of its options", code
    yield from _columns(columns, item, mapping)
    if columns.basis is not None:
        bases = [basis.code for basis in questionnaire.evidence_bases]
        yield from _codes(f"{place} > basis", columns.basis, bases)
        if not questionnaire.takes_basis(item):
            yield f"{place} > basis", "an item of evidence", item.kind


def _columns(columns: ItemColumns, item: Item, mapping: Mapping) -> Problems:
    place = f"items {columns.item}"
    if columns.question and not mapping.has_questions_over_options:
        yield (
            f"{place} > question",
            "column or columns, because there is no response_header",
            columns.question,
        )
    if (
        sum((bool(columns.question), bool(columns.column), bool(columns.columns and not columns.question)))
        != 1
    ):
        yield place, "one of question, column and columns", ""
    if columns.row and not columns.question:
        yield f"{place} > row", "question beside it", ""
    if columns.separator and item.type != "multiple":
        yield f"{place} > separator", "an item that takes several answers", item.type
    if item.type == "multiple" and columns.column and not columns.separator:
        yield place, "a separator, or a column for each option in columns", ""
    if columns.columns and not columns.question:
        for option in item.options:
            if option.code not in (*columns.columns, *columns.absent) and not (
                option.asks_text and columns.other
            ):
                yield f"{place} > columns", f"a column of the option {option.code}, or absent = [...]", ""
    if columns.other and not any(option.asks_text for option in item.options):
        yield f"{place} > other", "an item with an option that asks for words", ""
