"""The permanent address of a number. It consists of the properties of the number, so it survives every recomputation
and every move of the database."""

from functools import cache
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from posture.analysis.estimates.rows import Identity

PARTS = ("slug", "cohort", "kind", "subject", "statistic", "option")
UNQUOTED = "!$&'()*+,;=/~:@"
"""As `reverse` leaves them."""


def number_address(release: str, identity: Identity) -> str:
    kind, subject, statistic, option, cohort = identity
    parts = (release, cohort, kind, subject, statistic, option)
    return _pattern(has_option=bool(option)).format(*(quote(part, safe=UNQUOTED) for part in parts))


@cache
def _pattern(*, has_option: bool) -> str:
    """Returns the URL pattern with a placeholder for each part, resolved once: a release has tens of thousands of
    addresses."""
    names = PARTS if has_option else PARTS[:-1]
    address = reverse("posture:number", kwargs={name: f"part-{name}" for name in names})
    for index, name in enumerate(names):
        address = address.replace(f"part-{name}", f"{{{index}}}")
    return address


def absolute_address(address: str) -> str:
    """Returns the address with the host, for tables that are used outside the product. The host never comes from the
    Host header of a request."""
    return f"{settings.BASE_URL}{address}"
