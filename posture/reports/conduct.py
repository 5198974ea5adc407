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
from posture.releases.conduct_statement import RANDOM, ReleaseStatement, RoleReturns, kept_statement
from posture.reports.bases import MUCH, SOME
from surveys.instrument.cohorts import ALL

NOT_STATED = lazy("Not stated")
NOT_KNOWN = "–"
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
class Conduct:
    """facts: name and text, including those that are not stated. rates: the headings of the rates of `returns`."""

    facts: list[tuple[str, str]]
    returns: list[ReturnRow]
    rates: tuple[str, ...]
    kind_of_rate: str
    remark: str


def conduct_of(release: Release) -> Conduct | None:
    """Returns the statement; None for a release from before statements were stored."""
    stated = kept_statement(release)
    if stated is None:
        return None
    rate = RESPONSE_RATE if stated.sampling in RANDOM else PARTICIPATION
    kind = "" if stated.are_imported else rate
    unit = release.wave.questionnaire.definition.unit
    everybody = RoleReturns(
        role="",
        label=_("All respondents") if unit == "respondent" else _("Organisations, in any role"),
        invited=stated.organizations_invited,
        opened=stated.organizations_opened,
        submitted=stated.organizations_submitted,
    )
    return Conduct(
        facts=[*_facts(stated), *_measured(release)],
        returns=[_row(one, RATES[kind]) for one in (*stated.returns, everybody)],
        rates=tuple(RATES[kind]),
        kind_of_rate=kind,
        remark=f"{_remark(stated, kind)} {ROUNDED}",
    )


def _facts(stated: ReleaseStatement) -> list[tuple[str, str]]:
    size = "" if stated.population_size is None else f"{stated.population_size} organisations"
    found = [
        ("Sponsor", stated.sponsor),
        (_("Conducted by"), stated.conducted_by),
        ("Population", stated.population),
        (_("Sampling frame"), stated.frame),
        (_("Size of the sampling frame"), size),
        (_("Choice of organisations"), SAMPLING.get(stated.sampling, "")),
        ("Recruitment", stated.recruitment),
        ("Mode", stated.mode),
        ("Language", stated.language),
        (_("First invitation"), "" if stated.first_invited_at is None else _day(stated.first_invited_at)),
        ("Fieldwork", f"{_day(stated.opens_at)} to {_day(stated.closes_at)}"),
    ]
    return [(name, str(text or NOT_STATED)) for name, text in found]


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def _measured(release: Release) -> list[tuple[str, str]]:
    return [
        ("Weighting", _weighting(release)),
        (_("Finite-population correction"), _correction(release)),
        (_("Questions left open"), _left_open(release)),
    ]


def _weighting(release: Release) -> str:
    if release.targets is None:
        return _("None: every organisation counts once.")
    found = release.estimates.aggregate(low=Min("design_effect"), high=Max("design_effect"))
    if found["low"] is None:
        return f"{release.targets.title}."
    return _("{title}. Design effects of the numbers from {low:.2f} to {high:.2f}.").format(
        title=release.targets.title, low=found["low"], high=found["high"]
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
    found = rows.aggregate(
        told=Count("pk", filter=Q(status=Estimate.Status.PUBLISHED)),
        some=Count("pk", filter=Q(bound="at_least", value__gte=SOME)),
        much=Count("pk", filter=Q(bound="at_least", value__gte=MUCH)),
        withheld=Count("pk", filter=Q(status=Estimate.Status.SUPPRESSED)),
    )
    return _(
        "{some} of {all} questions by more than 10 % of those asked, {much} of them by "
        "more than 30 %. Withheld for {withheld} questions."
    ).format(some=found["some"], all=found["told"], much=found["much"], withheld=found["withheld"])


def _row(one: RoleReturns, rates: Mapping[str, str]) -> ReturnRow:
    found = {heading: getattr(one, name) for heading, name in rates.items()}
    return ReturnRow(
        one.label,
        _count(one.invited),
        _count(one.opened),
        _count(one.submitted),
        tuple((heading, _rate(rate)) for heading, rate in found.items()),
    )


def _count(count: int | None) -> str:
    return NOT_KNOWN if count is None else str(count)


def _rate(rate: float | None) -> str:
    return NOT_KNOWN if rate is None else number_text.figure(rate, "share")


def _remark(stated: ReleaseStatement, kind: str) -> str:
    if stated.are_imported:
        return str(IMPORTED)
    return f"{RATES_COUNT} {_eligible(stated)}" if kind == RESPONSE_RATE else str(VOLUNTEERS)


def _eligible(stated: ReleaseStatement) -> str:
    if stated.eligible_percent is None:
        return _("RR3 is not given: nobody estimated how many of the never opened invitations were eligible.")
    return _("RR3 takes {percent:g} % of the never opened invitations as eligible ({source}).").format(
        percent=stated.eligible_percent, source=stated.eligible_source.rstrip(".")
    )
