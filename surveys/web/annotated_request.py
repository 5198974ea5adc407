"""The request type of the views."""

from collections.abc import Mapping

from django.http import HttpRequest

from surveys.models import Membership, Organization, RespondentSession


class AnnotatedRequest(HttpRequest):
    """A request with the attributes that are set before a view is called.

    The class only names the attributes for type checks; requests are never created from it.

    respondent    by the policy `respondent` of `access`
    membership    by the policy `member`, and its organization
    place_of      by the limits of costly requests: the callers that hold a place for it
    refused_for   by the limits of signing in: seconds to wait
    """

    respondent: RespondentSession
    membership: Membership
    organization: Organization
    place_of: Mapping[str, int]
    refused_for: float
