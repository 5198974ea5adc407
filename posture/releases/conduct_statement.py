"""The statement of a wave in a release: how the wave was conducted, as a publisher of a survey discloses it. It is
stored as it was when the release was computed.

Source   AAPOR Transparency Initiative and Standard Definitions (2023); METHODS.md, "How the wave was conducted".
"""

from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from posture.methods.response_rates import InvitationOutcomes, participation_rate, rr1, rr2, rr3
from posture.microdata import Counts, Microdata, Returns, WaveFacts
from posture.models import Release

RANDOM_SAMPLING = ("census", "probability")
ROUNDED_TO = 5


class RoleReturns(BaseModel):
    """Counts of the invitations of one role; opened, submitted and complete ones rounded to the nearest five. None
    where withheld or not known. Rates are computed from these counts and lie between 0 and 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str
    label: str
    invited: int | None = None
    opened: int | None = None
    submitted: int | None = None
    complete: int | None = None
    rr1: float | None = None
    rr2: float | None = None
    rr3: float | None = None
    participation_rate: float | None = None


class ReleaseStatement(BaseModel):
    """Texts are empty and numbers None if they were not stated. organizations_submitted: with at least one submitted
    response. eligible_percent: of never opened invitations, for the response rate RR3."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sponsor: str = ""
    conducted_by: str = ""
    population: str = ""
    population_size: int | None = None
    frame: str = ""
    sampling: str = ""
    recruitment: str = ""
    mode: str = ""
    language: str = ""
    eligible_percent: float | None = None
    eligible_source: str = ""
    first_invited_at: datetime | None = None
    opens_at: datetime
    closes_at: datetime
    are_imported: bool = False
    organizations_invited: int | None = None
    organizations_opened: int | None = None
    organizations_submitted: int | None = None
    returns: tuple[RoleReturns, ...] = ()


def statement_of(
    release: Release, facts: WaveFacts, microdata: Microdata, returns: Returns
) -> ReleaseStatement:
    """Returns the statement of the wave in its current state. Imported answers have no record of invitations, so only
    submitted responses are counted and there is no rate."""
    k = release.threshold
    organizations = _published_counts(returns.organizations, k, are_imported=returns.are_imported)
    return ReleaseStatement(
        **asdict(facts.stated),
        first_invited_at=None if returns.are_imported else returns.first_invited_at,
        opens_at=facts.opens_at,
        closes_at=facts.closes_at,
        are_imported=returns.are_imported,
        organizations_invited=organizations["invited"],
        organizations_opened=organizations["opened"],
        organizations_submitted=organizations["submitted"],
        returns=tuple(
            _role_returns(role.code, role.label, facts, microdata, returns, k=k)
            for role in facts.questionnaire.roles
            if role.code in returns.roles
        ),
    )


def stored_statement(release: Release) -> ReleaseStatement | None:
    """Returns the statement stored with the release; None for a release from before statements were stored."""
    return ReleaseStatement.model_validate(release.statement) if release.statement else None


def _published_counts(counts: Counts, k: int, *, are_imported: bool) -> dict[str, int | None]:
    """Returns no counts for fewer than k invitations."""
    if counts.invited < k:
        return dict.fromkeys(("invited", "opened", "submitted"))
    if are_imported:
        return {"invited": None, "opened": None, "submitted": counts.submitted}
    return asdict(counts)


def _role_returns(
    role: str, label: str, facts: WaveFacts, microdata: Microdata, returns: Returns, *, k: int
) -> RoleReturns:
    counts = _rounded(returns.roles[role])
    published = _published_counts(counts, k, are_imported=returns.are_imported)
    role_returns = RoleReturns(role=role, label=label, **published)
    if published["invited"] is None:
        return role_returns
    exact = microdata.complete.get(role, 0)
    is_exact = exact == returns.roles[role].submitted
    complete = counts.submitted if is_exact else min(_to_five(exact), counts.submitted)
    opened = max(counts.opened, counts.submitted)
    outcomes = InvitationOutcomes(
        complete=complete,
        partial=counts.submitted - complete,
        not_returned=opened - counts.submitted,
        never_opened=counts.invited - opened,
    )
    if facts.stated.sampling not in RANDOM_SAMPLING:
        return role_returns.model_copy(update={"participation_rate": participation_rate(outcomes)})
    is_small = any(0 < count < k for count in (exact, returns.roles[role].submitted - exact))
    rates = _response_rates(outcomes, facts.stated.eligible_percent, is_small=is_small)
    return role_returns.model_copy(update=rates)


def _rounded(counts: Counts) -> Counts:
    """Rounds opened and submitted to the nearest five, at most to the number of invitations. The exact number of
    participants of a role would reveal how many of them left a question open, because all questions of a role have
    the same organisations."""
    opened, submitted = (min(_to_five(count), counts.invited) for count in (counts.opened, counts.submitted))
    return Counts(counts.invited, max(opened, submitted), submitted)


def _to_five(count: int) -> int:
    return ROUNDED_TO * ((2 * count + ROUNDED_TO) // (2 * ROUNDED_TO))


def _response_rates(
    outcomes: InvitationOutcomes, eligible_percent: float | None, *, is_small: bool
) -> dict[str, int | float | None]:
    """Returns the response rates. The number of complete responses is a count of given answers. So it is withheld if
    it, or the number of the other responses, is from 1 to k - 1."""
    rates: dict[str, int | float | None] = {"rr2": rr2(outcomes)}
    if is_small:
        return rates
    rates |= {"complete": outcomes.complete, "rr1": rr1(outcomes)}
    if eligible_percent is not None:
        rates["rr3"] = rr3(outcomes, eligible=eligible_percent / 100)
    return rates
