"""People with an account. Each has one address, which is also how they sign in."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db import transaction

from surveys.database.row_locks import SomebodyWasFaster

LONGEST_USERNAME = 150


def person_of(address: str) -> Any:
    """Whoever signs in with this address, or None."""
    return get_user_model().objects.filter(email__iexact=address.strip()).first()


def lock_active(person: Any) -> None:
    """For who gives the person something that ends with a suspension. Raises SomebodyWasFaster for a person who was
    suspended or erased meanwhile."""
    people = get_user_model().objects.select_for_update(no_key=True)
    if people.filter(pk=person.pk, is_active=True).values_list("pk").first() is None:
        raise SomebodyWasFaster


@transaction.atomic
def create_person(address: str, *, password: str | None = None, is_verified: bool = True) -> Any:
    """Without a password the person cannot sign in before a mailed link was followed. The caller vouches for the
    address, unless it says that the address is not verified. Raises SomebodyWasFaster where a person with this address
    was created meanwhile."""
    address = address.strip().lower()
    person = get_user_model().objects.create_user(_free_username(address), address, password)
    EmailAddress.objects.create(user=person, email=address, primary=True, verified=is_verified)
    return person


def _free_username(address: str, number: int = 1) -> str:
    """The address, or a number and the address where somebody who has another address by now keeps the username. Two
    that create a person with the same address at the same moment get the same username, which is unique."""
    users = get_user_model()
    wanted = address if number == 1 else f"{number}-{address}"
    username = users.normalize_username(wanted[:LONGEST_USERNAME])
    holder = users.objects.filter(username=username).first()
    if holder is None:
        return username
    if holder.email.lower() == address:
        raise SomebodyWasFaster
    return _free_username(address, number + 1)
