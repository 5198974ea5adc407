"""The permanent address of a number. It is made of what the number is, so it outlives every computation and every
move of the database."""

from django.conf import settings
from django.urls import reverse

from posture.analysis.rows import Identity


def number_address(release: str, of: Identity) -> str:
    kind, subject, statistic, option, cohort = of
    parts = {
        "slug": release,
        "cohort": cohort,
        "kind": kind,
        "subject": subject,
        "statistic": statistic,
    }
    if option:
        return reverse("posture:number", kwargs=parts | {"option": option})
    return reverse("posture:number", kwargs=parts)


def whole(address: str) -> str:
    """With the host, for tables that leave this product. Never from a request's Host header."""
    return f"{settings.BASE_URL}{address}"
