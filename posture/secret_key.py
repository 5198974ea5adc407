"""The key that signs sessions and links. It comes from the environment, or from a file that the first start creates
and only its owner can read. A guessable key is refused."""

import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from surveys.encryption.key_file import KeyFileRefused, read_or_create

MIN_LENGTH = 50
MIN_DIFFERENT_CHARACTERS = 10
SAMPLES = ("django-insecure-", "only-for-", "change", "example", "secret", "your-")


def secret_key(configured: str, file: Path) -> str:
    """Returns the configured or generated key. Raises ImproperlyConfigured."""
    try:
        key = configured or read_or_create(file, lambda: secrets.token_urlsafe(64))
    except (KeyFileRefused, OSError) as error:
        raise ImproperlyConfigured(f"SECRET_KEY is not set, and its file cannot be used: {error}") from error
    if len(key) < MIN_LENGTH or len(set(key)) < MIN_DIFFERENT_CHARACTERS or key.lower().startswith(SAMPLES):
        raise ImproperlyConfigured(
            f"SECRET_KEY can be guessed: it needs {MIN_LENGTH} random characters or more, and no sample from a text."
            f" Leave it unset to have one made in {file}."
        )
    return key
