"""Creates the first admin of an installation with a setup code that only a person with access to the machine can
read."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction

from posture.models import SetupCode
from surveys.audit import trail
from surveys.encryption.tokens import hash_of
from surveys.people.user_accounts import create_user, user_with_address

CODE_BYTES = 16
CODE_LIFETIME = timedelta(minutes=30)


class SetupRefused(Exception):
    """An admin exists, or the code is not the latest one, or the code has expired."""


def has_admin() -> bool:
    return get_user_model().objects.filter(is_superuser=True).exists()


@transaction.atomic
def create_setup_code(*, at: datetime) -> str:
    """Creates a setup code, which replaces the previous one. Raises SetupRefused if an admin exists."""
    if has_admin():
        raise SetupRefused
    SetupCode.objects.all().delete()
    code = secrets.token_hex(CODE_BYTES)
    SetupCode.objects.create(code_hash=_hash(code), created_at=at, expires_at=at + CODE_LIFETIME)
    return "-".join(code[start : start + 8] for start in range(0, len(code), 8))


@transaction.atomic
def create_first_admin(code: str, *, address: str, password: str, at: datetime) -> None:
    """Creates the first admin. Of two requests with the same code, only the one that deletes its row continues.
    Raises SetupRefused otherwise."""
    deleted, _ = SetupCode.objects.filter(code_hash=_hash(code), expires_at__gt=at).delete()
    if not deleted or has_admin():
        raise SetupRefused
    admin = user_with_address(address) or create_user(address)
    admin.set_password(password)
    admin.is_superuser = admin.is_staff = True
    admin.save(update_fields=["password", "is_superuser", "is_staff"])
    trail.note("became the first admin", by=admin, at=at)


def _hash(code: str) -> str:
    digits = "".join(character for character in code.lower() if character in "0123456789abcdef")
    return hash_of(digits)
