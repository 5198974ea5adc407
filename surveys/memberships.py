"""Who belongs to which organisation, and what each may do there."""

from typing import Any

from surveys.models import Membership, Organization
from surveys.tenancy import for_all_organizations


@for_all_organizations
def owns_an_organization(user: Any) -> bool:
    """A person owns an organisation from the moment of being invited as owner, not only once that is accepted."""
    return Membership.objects.filter(user_id=user.pk, role=Membership.Role.OWNER).exists()


@for_all_organizations
def organizations_of(user: Any) -> list[tuple[Organization, str]]:
    """Where the person is an active member, with the role."""
    rows = Membership.objects.filter(user_id=user.pk, status=Membership.Status.ACTIVE)
    return [
        (one.organization, one.role)
        for one in rows.select_related("organization").order_by("organization__name")
    ]
