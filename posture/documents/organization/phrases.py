"""Texts that all files of an organisation's report share: whose report it is, what it rests on, how to read it."""

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from posture.models.number_address import absolute_address
from posture.reports.organization_story import OrganizationStory


def title(story: OrganizationStory) -> str:
    participation = story.participation
    return f"{participation.organization.name} · {participation.wave.title}"


def synthetic(story: OrganizationStory) -> str:
    """Returns a warning for synthetic answers; empty for others."""
    if not story.participation.wave.is_synthetic:
        return ""
    return _("Synthetic organisation: every answer was generated.")


def for_whom(story: OrganizationStory) -> str:
    return _("For members of {organization}. Answers and cohort as of {day}.").format(
        organization=story.participation.organization.name, day=formats.date_format(story.as_of, "j F Y")
    )


def address(story: OrganizationStory) -> str:
    """Returns the address of the page with the same cohort. Members sign in to open it."""
    return absolute_address(f"{story.address}?cohort={story.report.cohort}")


def foot(story: OrganizationStory) -> str:
    return " ".join(filter(None, [synthetic(story), title(story) + ".", for_whom(story)]))


def rests_on(story: OrganizationStory) -> str:
    """Returns who answered, and which cohort the report is beside."""
    submitted = [role.label for role in story.participation.roles if role.is_submitted]
    answered = _("Answers submitted by: {roles}.").format(roles=", ".join(dict.fromkeys(submitted)))
    return f"{answered} {cohort_words(story)}"


def cohort_words(story: OrganizationStory) -> str:
    report = story.report
    if report.release is None:
        return _("There is no published release to compare with yet.")
    words = _("The cohort is from {title}: {cohort}.").format(
        title=report.release.title, cohort=report.cohort_label
    )
    if report.is_chosen:
        words += " " + _("Those who run the survey chose this release for the wave.")
    return words


def method(story: OrganizationStory) -> list[str]:
    """Returns how to read the numbers, as paragraphs."""
    texts = [
        _(
            "Two people of the organisation answer each pair: an executive states a belief, and another person states"
            " what the records show. A gap above zero means that the belief is more favourable than the record."
        ),
        _(
            "Aligned means within 10 points or, for yes-or-no pairs and times, the same answer. Unknown means that the"
            " record is missing, estimated, weak or from the same person. The answer of a single organisation has no"
            " interval."
        ),
        cohort_words(story),
    ]
    if story.report.release is not None:
        texts.append(
            _(
                "Numbers of the cohort rest on at least {threshold} organisations; what would follow from fewer is"
                " withheld and shown as [c]. Where the cohort withholds a pair, the numbers are those of all"
                " organisations."
            ).format(threshold=story.report.release.threshold)
        )
    if story.actions:
        texts.append(
            _(
                "First actions are ranked by importance, size of the gap and quality of evidence. {address} has the"
                " rule."
            ).format(address=absolute_address(reverse("posture:methods")))
        )
    return texts
