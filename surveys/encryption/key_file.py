"""Reads a secret from a file of its own, and creates the file with a random secret.

A file that others can read is refused. The module uses the standard library only, because the settings import it.
"""

import base64
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

ACCESS_OF_OTHERS = 0o077


class KeyFileRefused(Exception):
    """The file is refused. The message names the problem and a remedy."""


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """Returns the secret, and creates the file if it is missing.

    The file is created atomically, so that two processes that start together get one secret.
    """
    if not path.exists():
        _write_new(path, make())
    return read_secret(path)


def read_secret(path: Path) -> str:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ACCESS_OF_OTHERS:
        raise KeyFileRefused(
            f"{path} can be read by others (mode {mode:o}): chmod 600 {path}, and change the key."
        )
    text = path.read_text().strip()
    if not text:
        raise KeyFileRefused(f"{path} is empty: put the key back, or remove the file to have a new one made.")
    return text


def random_key() -> str:
    """Returns a random key of 256 bits."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return
    finally:
        temporary.unlink()
