"""User accounts. Each has one address, which is also the login name."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db import transaction

from surveys.database.row_locks import ConcurrentChange

MAX_USERNAME_LENGTH = 150


def user_with_address(address: str) -> Any:
    """Returns the user with this address, or None."""
    return get_user_model().objects.filter(email__iexact=address.strip()).first()


def lock_active_user(user: Any) -> None:
    """Locks a user before a right is granted that a suspension would end.

    Raises ConcurrentChange for a user who was suspended or erased meanwhile.
    """
    users = get_user_model().objects.select_for_update(no_key=True)
    if users.filter(pk=user.pk, is_active=True).values_list("pk").first() is None:
        raise ConcurrentChange


@transaction.atomic
def create_user(address: str, *, password: str | None = None, is_verified: bool = True) -> Any:
    """Creates a user. Without a password, the user cannot log in before following a mailed link.

    The caller guarantees that the address is verified, unless `is_verified` is false. Raises ConcurrentChange if a
    user with this address was created meanwhile.
    """
    address = address.strip().lower()
    user = get_user_model().objects.create_user(_free_username(address), address, password)
    EmailAddress.objects.create(user=user, email=address, primary=True, verified=is_verified)
    return user


def _free_username(address: str, number: int = 1) -> str:
    """Returns the address as username, with a number before it if a user with another address has that username.

    Concurrent calls for one address return the same username, which is unique in the database. Raises
    ConcurrentChange if a user with the address exists.
    """
    users = get_user_model()
    candidate = address if number == 1 else f"{number}-{address}"
    username = users.normalize_username(candidate[:MAX_USERNAME_LENGTH])
    user_with_username = users.objects.filter(username=username).first()
    if user_with_username is None:
        return username
    if user_with_username.email.lower() == address:
        raise ConcurrentChange
    return _free_username(address, number + 1)
