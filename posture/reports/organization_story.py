"""All that the page and the files of an organisation's report say, gathered once."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse

from posture.reports.organization import OrganizationReport, organization_report
from posture.reports.organization_actions import OrganizationAction, organization_actions
from posture.reports.organization_frameworks import OwnFramework, own_frameworks
from surveys.fieldwork.queries import Participation


@dataclass(frozen=True)
class OrganizationStory:
    report: OrganizationReport
    actions: list[OrganizationAction]

    @classmethod
    def of(cls, report: OrganizationReport) -> "OrganizationStory":
        return cls(report, organization_actions(report))

    @property
    def participation(self) -> Participation:
        return self.report.participation

    @cached_property
    def frameworks(self) -> list[OwnFramework]:
        return own_frameworks(self.report, self.actions)

    @property
    def as_of(self) -> datetime:
        """Returns the time of the newest data: the last submission, or the computation of the cohort's release."""
        times = [role.submitted_at for role in self.participation.roles]
        times.append(self.report.release.computed_at if self.report.release else None)
        return max(time for time in times if time is not None)

    @property
    def address(self) -> str:
        participation = self.participation
        return reverse(
            "posture:organization-report", args=(participation.organization.slug, participation.wave.slug)
        )


def organization_story(
    participation: Participation, *, at: datetime, cohort: str = ""
) -> OrganizationStory | None:
    """Returns the story of a report that may be read; None for a cohort that the release does not show."""
    report = organization_report(participation, at=at, cohort=cohort)
    return OrganizationStory.of(report) if report else None
