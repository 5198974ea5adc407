"""The statement of a wave: how it was conducted, as lines and a table of a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.analysis.estimates.item_bases import NONRESPONSE
from posture.charts import number_text
from posture.models import Estimate, Release
from posture.releases.conduct_statement import (
    RANDOM_SAMPLING,
    ReleaseStatement,
    RoleReturns,
    stored_statement,
)
from posture.reports.bases import MUCH_NONRESPONSE, NOTABLE_NONRESPONSE
from surveys.instrument.cohorts import ALL

NOT_STATED = lazy("Not stated")
SAMPLING = {
    "census": lazy("Every organisation of the frame was invited."),
    "probability": lazy("A random sample of the frame was invited."),
    "opt_in": lazy("Organisations volunteered, or were chosen without a random draw."),
}
IMPORTED = lazy("The answers were imported from a file, so it is not known how many were invited.")
VOLUNTEERS = lazy(
    "Organisations were not drawn at random, or nobody stated how they were chosen, so there is a participation rate"
    " and no response rate."
)
ROUNDED = lazy("In the rows of roles, opened and submitted are rounded to the nearest five.")
RATES_COUNT = lazy("RR1 counts complete responses, RR2 also partial ones.")
RESPONSE_RATE, PARTICIPATION = "response", "participation"
RATES = {
    "": {},
    RESPONSE_RATE: {"RR1": "rr1", "RR2": "rr2", "RR3": "rr3"},
    PARTICIPATION: {"Participation rate": "participation_rate"},
}


@dataclass(frozen=True)
class ReturnRow:
    """Counts and rates of one role as text."""

    label: str
    invited: str
    opened: str
    submitted: str
    named_rates: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ConductReport:
    """facts: name and text, including those that are not stated. rates: the headings of the rates of `returns`."""

    facts: list[tuple[str, str]]
    returns: list[ReturnRow]
    rates: tuple[str, ...]
    rate_kind: str
    remark: str


def conduct_report(release: Release) -> ConductReport | None:
    """Returns the statement; None for a release from before statements were stored."""
    statement = stored_statement(release)
    if statement is None:
        return None
    rate = RESPONSE_RATE if statement.sampling in RANDOM_SAMPLING else PARTICIPATION
    kind = "" if statement.are_imported else rate
    unit = release.wave.questionnaire.definition.unit
    all_roles = RoleReturns(
        role="",
        label=_("All respondents") if unit == "respondent" else _("Organisations, in any role"),
        invited=statement.organizations_invited,
        opened=statement.organizations_opened,
        submitted=statement.organizations_submitted,
    )
    return ConductReport(
        facts=[*_facts(statement), *_computed_facts(release)],
        returns=[_row(role_returns, RATES[kind]) for role_returns in (*statement.returns, all_roles)],
        rates=tuple(RATES[kind]),
        rate_kind=kind,
        remark=f"{_remark(statement, kind)} {ROUNDED}",
    )


def _facts(statement: ReleaseStatement) -> list[tuple[str, str]]:
    size = "" if statement.population_size is None else f"{statement.population_size} organisations"
    facts = [
        ("Sponsor", statement.sponsor),
        (_("Conducted by"), statement.conducted_by),
        ("Population", statement.population),
        (_("Sampling frame"), statement.frame),
        (_("Size of the sampling frame"), size),
        (_("Choice of organisations"), SAMPLING.get(statement.sampling, "")),
        ("Recruitment", statement.recruitment),
        ("Mode", statement.mode),
        ("Language", statement.language),
        (
            _("First invitation"),
            "" if statement.first_invited_at is None else _day(statement.first_invited_at),
        ),
        ("Fieldwork", f"{_day(statement.opens_at)} to {_day(statement.closes_at)}"),
    ]
    return [(name, str(text or NOT_STATED)) for name, text in facts]


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def _computed_facts(release: Release) -> list[tuple[str, str]]:
    return [
        ("Weighting", _weighting(release)),
        (_("Finite-population correction"), _correction(release)),
        (_("Questions left open"), _left_open(release)),
    ]


def _weighting(release: Release) -> str:
    if release.targets is None:
        return _("None: every organisation counts once.")
    design_effects = release.estimates.aggregate(low=Min("design_effect"), high=Max("design_effect"))
    if design_effects["low"] is None:
        return f"{release.targets.title}."
    return _("{title}. Design effects of the numbers from {low:.2f} to {high:.2f}.").format(
        title=release.targets.title, low=design_effects["low"], high=design_effects["high"]
    )


def _correction(release: Release) -> str:
    if release.finite_population is None:
        return "None."
    return _(
        "Standard errors and intervals are corrected for a frame of {finite_population} organisations."
    ).format(finite_population=release.finite_population)


def _left_open(release: Release) -> str:
    """Returns how many questions of all organisations were left open by many; the shares themselves are not given."""
    rows = release.estimates.filter(subject_kind="item", statistic=NONRESPONSE, cohort=ALL)
    counts = rows.aggregate(
        told=Count("pk", filter=Q(status=Estimate.Status.PUBLISHED)),
        some=Count("pk", filter=Q(bound="at_least", value__gte=NOTABLE_NONRESPONSE)),
        much=Count("pk", filter=Q(bound="at_least", value__gte=MUCH_NONRESPONSE)),
        withheld=Count("pk", filter=Q(status=Estimate.Status.SUPPRESSED)),
    )
    return _(
        "{some} of {all} questions by more than 10 % of those asked, {much} of them by "
        "more than 30 %. Withheld for {withheld} questions."
    ).format(some=counts["some"], all=counts["told"], much=counts["much"], withheld=counts["withheld"])


def _row(role_returns: RoleReturns, rates: Mapping[str, str]) -> ReturnRow:
    rates_by_heading = {heading: getattr(role_returns, name) for heading, name in rates.items()}
    return ReturnRow(
        role_returns.label,
        _count(role_returns.invited),
        _count(role_returns.opened),
        _count(role_returns.submitted),
        tuple((heading, _rate(rate)) for heading, rate in rates_by_heading.items()),
    )


def _count(count: int | None) -> str:
    return number_text.MISSING if count is None else str(count)


def _rate(rate: float | None) -> str:
    return number_text.MISSING if rate is None else number_text.figure(rate, "share")


def _remark(statement: ReleaseStatement, kind: str) -> str:
    if statement.are_imported:
        return str(IMPORTED)
    return f"{RATES_COUNT} {_eligible(statement)}" if kind == RESPONSE_RATE else str(VOLUNTEERS)


def _eligible(statement: ReleaseStatement) -> str:
    if statement.eligible_percent is None:
        return _("RR3 is not given: nobody estimated how many of the never opened invitations were eligible.")
    return _("RR3 takes {percent:g} % of the never opened invitations as eligible ({source}).").format(
        percent=statement.eligible_percent, source=statement.eligible_source.rstrip(".")
    )
