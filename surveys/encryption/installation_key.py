"""The installation key, which wraps all other keys.

It comes from INSTALLATION_KEY or from a file that only its owner can read, and is in no database and no backup. The
first key wraps; further keys only unwrap keys that they wrapped before.
"""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from surveys.encryption.cipher import Key, SealingError, decoded_key, encoded_key

HOW_TO_CREATE = "manage.py make_installation_key makes one"


class InstallationKeyError(SealingError):
    """A problem of the installation key. The message names a remedy."""


def installation_keys() -> list[Key]:
    """Returns at least one key. Reads the source at each call, because another process may have rotated the key."""
    if settings.INSTALLATION_KEY:
        return _keys(settings.INSTALLATION_KEY.split(","), source="INSTALLATION_KEY")
    path: Path = settings.INSTALLATION_KEY_FILE
    try:
        with path.open() as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise InstallationKeyError(f"{path} can be read by others: chmod 600 {path}")
            lines = file.read().split()
    except FileNotFoundError:
        raise InstallationKeyError(
            f"There is no installation key: put the one of this installation into {path} or INSTALLATION_KEY."
            f" A new installation has none yet: {HOW_TO_CREATE}."
        ) from None
    except OSError as error:
        raise InstallationKeyError(f"The installation key cannot be read: {error}") from None
    return _keys(lines, source=str(path))


def exists() -> bool:
    return bool(settings.INSTALLATION_KEY) or settings.INSTALLATION_KEY_FILE.exists()


def create_file() -> Path:
    """Creates the key file. Raises InstallationKeyError if a key exists, because a new key could not unwrap existing
    keys."""
    if exists():
        raise InstallationKeyError(
            "There is an installation key already: rotate_installation_key changes it."
        )
    path: Path = settings.INSTALLATION_KEY_FILE
    write_private(path, random_key() + "\n", replace=False)
    return path


def random_key() -> str:
    return encoded_key(Key.fresh().secret)


def current_key() -> Key:
    return installation_keys()[0]


def prepend_key(text: str) -> None:
    _write([text, *(encoded_key(key.secret) for key in installation_keys())])


def drop_older_keys() -> None:
    _write([encoded_key(current_key().secret)])


def _write(texts: Sequence[str]) -> None:
    write_private(settings.INSTALLATION_KEY_FILE, "".join(f"{text}\n" for text in texts))


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """Writes a file atomically, flushed to the disk and readable by its owner only.

    Without `replace`, an existing file stays as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        if replace:
            Path(name).replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(name)
    finally:
        Path(name).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _keys(texts: Sequence[str], *, source: str) -> list[Key]:
    try:
        keys = [Key.named_by_itself(decoded_key(text)) for text in texts if text.strip()]
    except ValueError:
        raise InstallationKeyError(
            f"{source} holds something that is no key of 256 bits: {HOW_TO_CREATE}."
        ) from None
    if not keys:
        raise InstallationKeyError(f"{source} is empty: {HOW_TO_CREATE}.")
    return keys
