"""The permanent address of a number. It is made of what the number is, so it outlives every computation and every
move of the database."""

from functools import cache
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from posture.analysis.estimates.rows import Identity

PARTS = ("slug", "cohort", "kind", "subject", "statistic", "option")
UNQUOTED = "!$&'()*+,;=/~:@"
"""As `reverse` leaves them."""


def number_address(release: str, of: Identity) -> str:
    kind, subject, statistic, option, cohort = of
    parts = (release, cohort, kind, subject, statistic, option)
    return _pattern(has_option=bool(option)).format(*(quote(part, safe=UNQUOTED) for part in parts))


@cache
def _pattern(*, has_option: bool) -> str:
    """The address with a place for each part, looked up once: a release has tens of thousands of addresses."""
    names = PARTS if has_option else PARTS[:-1]
    address = reverse("posture:number", kwargs={name: f"part-{name}" for name in names})
    for place, name in enumerate(names):
        address = address.replace(f"part-{name}", f"{{{place}}}")
    return address


def whole(address: str) -> str:
    """With the host, for tables that leave this product. Never from a request's Host header."""
    return f"{settings.BASE_URL}{address}"
