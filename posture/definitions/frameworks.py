"""Framework definitions: one file for each edition, with its licence and the clauses that questions refer to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from pydantic import Field

from surveys.instrument.definition_file import Definition, InvalidDefinition, Problem, read
from surveys.instrument.questionnaire_definition import Questionnaire

Edition = tuple[str, str]
Finding = tuple[str, str, str]


class Clause(Definition):
    """A clause. renumbers: the code of the same clause in the earlier edition of the file, if both are known."""

    code: str = Field(min_length=1, max_length=40)
    title: str = Field(default="", max_length=300)
    renumbers: str = ""


class Framework(Definition):
    """One edition of a framework, named by its file.

    framework, edition   as questionnaires write them in [[frameworks]]
    quotes_titles        whether the licence allows the titles of clauses; without it no clause has a title
    clauses_in_edition   number of clauses of the whole edition, if a source states it
    earlier_edition      name of the file of the edition that `renumbers` refers to
    clauses              in the order of the edition; all that a questionnaire refers to, and others if they are known
    """

    framework: str
    edition: str
    title: str = Field(max_length=120)
    publisher: str
    url: str = Field(pattern=r"^https://")
    licence: str
    licence_url: str = Field(default="", pattern=r"^(https://.*)?$")
    quotes_titles: bool
    attribution: str = Field(min_length=1)
    clauses_in_edition: int | None = Field(default=None, ge=1)
    earlier_edition: str = ""
    note: str = ""
    reviewed_on: date
    clauses: tuple[Clause, ...] = Field(min_length=1)

    @property
    def key(self) -> Edition:
        return self.framework, self.edition

    @property
    def clause_codes(self) -> tuple[str, ...]:
        return tuple(clause.code for clause in self.clauses)


def parse(text: str, *, name: str) -> Framework:
    """Parses the file of one edition. Raises InvalidDefinition with all errors of the file."""
    framework = read(Framework, text, name=name)
    problems = [Problem(name, *finding) for finding in _findings(framework)]
    if problems:
        raise InvalidDefinition(problems)
    return framework


def _findings(framework: Framework) -> Iterator[Finding]:
    for code, times in Counter(framework.clause_codes).items():
        if times > 1:
            yield f"clauses {code}", "each code once", f"{times} times"
    for clause in framework.clauses:
        if clause.title and not framework.quotes_titles:
            yield f"clauses {clause.code} > title", "no title, because quotes_titles is false", clause.title
        if clause.renumbers and not framework.earlier_edition:
            yield f"clauses {clause.code} > renumbers", "a file with earlier_edition", clause.renumbers


def check(files: Mapping[str, Framework], questionnaires: Iterable[Questionnaire]) -> None:
    """Raises InvalidDefinition if a questionnaire refers to a framework or clause that no file has, or if files
    contradict each other. files: by their name without the ending."""
    problems = [Problem("frameworks", *finding) for finding in _contradictions(files)]
    known = {file.key: name for name, file in files.items()}
    for questionnaire in questionnaires:
        for finding in _unknown(files, known, questionnaire):
            problems.append(Problem("frameworks", *finding))
    if problems:
        raise InvalidDefinition(problems)


def _contradictions(files: Mapping[str, Framework]) -> Iterator[Finding]:
    for key, times in Counter(file.key for file in files.values()).items():
        if times > 1:
            yield " ".join(key), "one file for each edition", f"{times} files"
    for name, file in files.items():
        if not file.earlier_edition:
            continue
        earlier = files.get(file.earlier_edition)
        if earlier is None:
            yield f"{name} > earlier_edition", "the name of a file of this folder", file.earlier_edition
            continue
        for clause in file.clauses:
            if clause.renumbers and clause.renumbers not in earlier.clause_codes:
                place = f"{name} > clauses {clause.code} > renumbers"
                yield place, f"a clause of {file.earlier_edition}", clause.renumbers


def _unknown(
    files: Mapping[str, Framework], known: Mapping[Edition, str], questionnaire: Questionnaire
) -> Iterator[Finding]:
    for declared in questionnaire.frameworks:
        if (declared.code, declared.edition) not in known:
            place = f"{questionnaire.key} > frameworks {declared.code} {declared.edition}"
            yield place, "a file with this framework and edition", ""
    for item in questionnaire.items:
        for reference in item.frameworks:
            name = known.get((reference.framework, reference.edition))
            if name is not None and reference.code not in files[name].clause_codes:
                place = f"{questionnaire.key} > items {item.code} > frameworks"
                yield place, f"a clause of {name}.toml", reference.code
