"""The organisations of a batch: which are stored, who was asked in which role, and what the file says of them."""

import hashlib
from collections.abc import Iterable

from django.core.validators import slug_re

from surveys.imports.mapping import CellProblem, Mapping, OrganizationFacts, Respondent, quoted
from surveys.imports.stored_answers import Facts, StoredResponse, roles_asked, stored_organizations
from surveys.models import Wave

LONGEST_SLUG = 80
FIELDS = ("name", "sector", "size_band", "region")


def slug_of(mapping: Mapping, wave: Wave, respondent: Respondent) -> str:
    """The short name of the organisation: readable where that is a slug, otherwise told apart by a digest."""
    namespace = mapping.organization.namespace or wave.slug
    identifier = respondent.organization.identifier or respondent.identifier
    name = f"{namespace}-{identifier}".lower()
    if len(name) <= LONGEST_SLUG and slug_re.fullmatch(name):
        return name
    digest = hashlib.sha256(f"{namespace} {identifier}".encode()).hexdigest()[:16]
    return f"{namespace[:60]}-{digest}"


def new_facts(respondent: Respondent) -> Facts:
    """Of an organisation that is not stored: key 0."""
    facts = respondent.organization
    name = facts.name or (
        f"Organisation {facts.identifier}" if facts.identifier else f"Respondent {respondent.identifier}"
    )
    return Facts(0, name, facts.sector, facts.size_band, facts.region)


def corrected(stored: Facts, said: OrganizationFacts) -> Facts:
    """A blank cell says nothing: what is stored stays."""
    return Facts(stored.pk, *(getattr(said, name) or getattr(stored, name) for name in FIELDS))


class FactsOfFile:
    """What the rows of a file say of each organisation; they must not contradict each other."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[int, OrganizationFacts]] = {}

    def check(self, line: int, facts: OrganizationFacts) -> None:
        """Raises CellProblem when an earlier line says something else."""
        if not facts.identifier:
            return
        first, said = self._said.setdefault(facts.identifier, (line, facts))
        for name in FIELDS:
            before, now = getattr(said, name), getattr(facts, name)
            if before and now and before != now:
                raise CellProblem(
                    name.replace("_", " "),
                    f"expected {quoted(before)} for the organisation {quoted(facts.identifier)}, as in line"
                    f" {first}, found {quoted(now)}",
                )


class OrganizationsOfBatch:
    """By slug what is stored of the organisations of respondents who are new."""

    def __init__(self, wave: Wave, slugs: Iterable[str]) -> None:
        self._facts = stored_organizations(set(slugs))
        keys = {facts.pk: slug for slug, facts in self._facts.items()}
        self._asked = {(keys[pk], role) for pk, role in roles_asked(wave, keys)}

    def take_role(self, slug: str, respondent: Respondent) -> None:
        """One respondent of an organisation for each role. Raises CellProblem for a second one."""
        if (slug, respondent.role) in self._asked:
            name = respondent.organization.identifier or respondent.identifier
            raise CellProblem(
                "the row",
                f"the organisation {quoted(name)} has an invitation or answers as {respondent.role} already",
            )
        self._asked.add((slug, respondent.role))

    def facts(self, slug: str, respondent: Respondent) -> Facts:
        return self._facts.get(slug) or new_facts(respondent)


def check_stays(stored: StoredResponse, slug: str, respondent: Respondent) -> None:
    """Role and organisation of a respondent do not change. Raises CellProblem."""
    if stored.role != respondent.role:
        raise CellProblem(
            "the row", f"expected the role {stored.role}, as imported before, found {respondent.role}"
        )
    if respondent.organization.identifier and stored.slug != slug:
        raise CellProblem("the row", "the respondent belongs to another organisation than imported before")
