"""The backup key: BACKUP_KEY, otherwise a file in POSTURE_VAR that the first backup creates.

It differs from the key that seals texts, so that neither must be kept because of the other. With the backup key alone
an archive opens, but the texts in it stay sealed.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from posture.operations.backups.errors import BackupError
from surveys.encryption.key_file import KeyFileRefused, random_key, read_or_create, read_secret

KEY_BYTES = 32
KEY_FILE_NAME = "backup_key"


@dataclass(frozen=True)
class BackupKey:
    secret: bytes

    @property
    def id(self) -> str:
        """Identifies the key in an archive and reveals nothing about it."""
        return hmac.new(self.secret, b"name of a backup key", hashlib.sha256).hexdigest()[:16]


def key_file() -> Path:
    return Path(settings.VAR) / KEY_FILE_NAME


def sealing_key() -> BackupKey:
    """Returns the first key of BACKUP_KEY, otherwise that of the file."""
    return _keys(may_create=True)[0]


def opening_keys() -> dict[str, BackupKey]:
    """Returns all keys. Old keys follow the first one, separated by commas, as long as their archives are kept."""
    return {key.id: key for key in _keys(may_create=False)}


def _keys(*, may_create: bool) -> list[BackupKey]:
    if settings.BACKUP_KEY:
        return [_parse_key(text, "BACKUP_KEY") for text in settings.BACKUP_KEY.split(",")]
    if not may_create and not key_file().exists():
        raise BackupError(f"There is no backup key: put it into BACKUP_KEY or {key_file()}.")
    try:
        text = read_or_create(key_file(), random_key) if may_create else read_secret(key_file())
    except (KeyFileRefused, OSError) as error:
        raise BackupError(str(error)) from error
    return [_parse_key(line, str(key_file())) for line in text.split()]


def _parse_key(text: str, origin: str) -> BackupKey:
    try:
        secret = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise BackupError(f"{origin} must hold 256 bits in base64, as `openssl rand -base64 32` prints them.")
    return BackupKey(secret)
