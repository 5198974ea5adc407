"""People with an account. Each has one address, which is also how they sign in."""

import secrets
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db import transaction


def person_of(address: str) -> Any:
    """Whoever signs in with this address, or None."""
    return get_user_model().objects.filter(email__iexact=address.strip()).first()


@transaction.atomic
def create_person(address: str, *, password: str | None = None, is_verified: bool = True) -> Any:
    """Without a password the person cannot sign in before a mailed link was followed. The caller vouches for the
    address, unless it says that the address is not verified."""
    address = address.strip().lower()
    people = get_user_model().objects
    is_free = not people.filter(username=address).exists()
    username = address if is_free else f"{secrets.token_hex(4)}-{address}"[:150]
    person = people.create_user(username, address, password)
    EmailAddress.objects.create(user=person, email=address, primary=True, verified=is_verified)
    return person
