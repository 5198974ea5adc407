"""Response rates of a survey of named units, from the outcome of every invitation.

Source   American Association for Public Opinion Research, Standard Definitions, 10th edition (2023); METHODS.md, "How
         the wave was conducted".
"""

from dataclasses import dataclass

COMPLETE_ABOVE = 0.8


@dataclass(frozen=True)
class InvitationOutcomes:
    """Counts of invitations. complete, partial: submitted, with more than 80 % of the asked questions answered, or
    with at most 80 %. not_returned: opened and not submitted, known to be eligible. never_opened: it is not known
    whether the person exists and is eligible.

    Raises   ValueError for a negative count.
    """

    complete: int
    partial: int
    not_returned: int
    never_opened: int

    def __post_init__(self) -> None:
        if min(self.complete, self.partial, self.not_returned, self.never_opened) < 0:
            raise ValueError("a count is never negative")

    @property
    def submitted(self) -> int:
        return self.complete + self.partial

    @property
    def invited(self) -> int:
        return self.submitted + self.not_returned + self.never_opened


def rr1(outcomes: InvitationOutcomes) -> float | None:
    """Complete responses divided by all invitations that may be eligible, in 0-1; None without an invitation."""
    return _rate(outcomes.complete, outcomes.invited)


def rr2(outcomes: InvitationOutcomes) -> float | None:
    """The rate of `rr1`, with partial responses counted as responses."""
    return _rate(outcomes.submitted, outcomes.invited)


def rr3(outcomes: InvitationOutcomes, *, eligible: float) -> float | None:
    """The rate of `rr1`, with the share `eligible` (0-1) of the never opened in the denominator.

    Raises   ValueError for a share outside 0-1.
    """
    if not 0 <= eligible <= 1:
        raise ValueError("a share lies between 0 and 1")
    eligible_known = outcomes.submitted + outcomes.not_returned
    return _rate(outcomes.complete, eligible_known + eligible * outcomes.never_opened)


def participation_rate(outcomes: InvitationOutcomes) -> float | None:
    """Submitted responses per invitation of a sample without a random draw, which has no response rate."""
    return _rate(outcomes.submitted, outcomes.invited)


def _rate(responses: int, units: float) -> float | None:
    return responses / units if units else None
