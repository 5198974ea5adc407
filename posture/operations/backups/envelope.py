"""Sealed chunks: AES-256-GCM with a key for each archive, derived from the backup key and a random salt.

The nonce of a chunk is its number and a flag for the last one, and the header is an input of the key derivation. So
decryption fails after a changed byte, a truncation, a missing chunk, a reordering, or with a chunk of another
archive.
"""

import io
import json
import secrets
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from posture.operations.backups.errors import ArchiveRefused
from posture.operations.backups.key import BackupKey

MAGIC = b"posture backup\n"
FORMAT = 1
CHUNK_BYTES = 256 * 1024
TAG_BYTES = 16
MAX_HEADER_BYTES = 4096
LENGTH = struct.Struct(">I")
MIDDLE, LAST = b"\0", b"\1"


class SealingWriter(io.RawIOBase):
    """Writes sealed chunks. `close` writes the last chunk; the reader refuses an archive that was not closed."""

    def __init__(self, file: BinaryIO, key: BackupKey) -> None:
        salt = secrets.token_hex(32)
        header = json.dumps({"format": FORMAT, "key": key.id, "salt": salt}, sort_keys=True).encode()
        file.write(MAGIC + LENGTH.pack(len(header)) + header)
        self._file, self._number, self._unsealed = file, 0, bytearray()
        self._cipher = _cipher(key, header, salt)

    def writable(self) -> bool:
        return True

    def write(self, data: "io.ReadableBuffer") -> int:  # type: ignore[name-defined]
        self._unsealed += data
        while len(self._unsealed) > CHUNK_BYTES:
            self._seal(bytes(self._unsealed[:CHUNK_BYTES]), MIDDLE)
            del self._unsealed[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        self._seal(bytes(self._unsealed), LAST)
        self._unsealed.clear()

    def _seal(self, chunk: bytes, mark: bytes) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, mark), chunk, None))
        self._number += 1


class OpeningReader(io.RawIOBase):
    """Returns only authenticated data. Raises ArchiveRefused."""

    def __init__(self, file: BinaryIO, keys: Mapping[str, BackupKey]) -> None:
        self._file, self._number, self._opened_bytes, self._is_finished = file, 0, b"", False
        if file.read(len(MAGIC)) != MAGIC:
            raise ArchiveRefused("This file is no backup of Posture.")
        (length,) = LENGTH.unpack(file.read(LENGTH.size).ljust(LENGTH.size, b"\0"))
        header_bytes = file.read(min(length, MAX_HEADER_BYTES))
        header = _header(header_bytes)
        if header["format"] != FORMAT:
            raise ArchiveRefused(
                f"The archive has format {header['format']}; this version of Posture reads format {FORMAT}:"
                " restore it with the version that made it."
            )
        if header["key"] not in keys:
            raise ArchiveRefused(
                f"The archive was made with another key ({header['key']}): put that one into BACKUP_KEY."
            )
        self._cipher = _cipher(keys[header["key"]], header_bytes, header["salt"])
        self._next_chunk = file.read(CHUNK_BYTES + TAG_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "io.WriteableBuffer") -> int:  # type: ignore[name-defined]
        while not self._opened_bytes and not self._is_finished:
            self._opened_bytes = self._open_chunk()
        data = self._opened_bytes[: len(buffer)]
        self._opened_bytes = self._opened_bytes[len(data) :]
        buffer[: len(data)] = data
        return len(data)

    def _open_chunk(self) -> bytes:
        chunk, self._next_chunk = self._next_chunk, self._file.read(CHUNK_BYTES + TAG_BYTES)
        self._is_finished = not self._next_chunk
        try:
            content = self._cipher.decrypt(
                _nonce(self._number, LAST if self._is_finished else MIDDLE), chunk, None
            )
        except (InvalidTag, ValueError):
            raise ArchiveRefused(
                f"The archive is damaged at chunk {self._number + 1}: a byte was changed, or a part is missing,"
                " cut off or in another place."
            ) from None
        self._number += 1
        return content


def _header(header_bytes: bytes) -> dict[str, Any]:
    try:
        header = json.loads(header_bytes)
        return {
            "format": header["format"],
            "key": str(header["key"]),
            "salt": str(bytes.fromhex(header["salt"]).hex()),
        }
    except (ValueError, KeyError, TypeError):
        raise ArchiveRefused("The head of the archive is damaged.") from None


def _cipher(key: BackupKey, header: bytes, salt: str) -> AESGCM:
    derived = HKDF(SHA256(), length=32, salt=bytes.fromhex(salt), info=MAGIC + header)
    return AESGCM(derived.derive(key.secret))


def _nonce(number: int, mark: bytes) -> bytes:
    return number.to_bytes(11, "big") + mark
