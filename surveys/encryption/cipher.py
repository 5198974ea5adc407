"""Encrypts texts by AES-256-GCM with a random nonce, bound to a place.

Works on texts and bytes only; keys come from `surveys.encryption.sealing`.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
SEALED_FORM = re.compile(r"sealed:1:([0-9a-f]{16}):([A-Za-z0-9_-]+)")


class SealingError(Exception):
    """A sealed text cannot be decrypted or written. The message names a remedy."""


class DecryptionFailed(Exception):
    """The key or the place is wrong, or the text was changed after it was sealed; the cipher cannot tell which."""


@dataclass(frozen=True)
class Key:
    """A key. `id` names the key in the texts sealed with it, and reveals nothing about the secret."""

    id: str
    secret: bytes

    @classmethod
    def fresh(cls) -> "Key":
        return cls(secrets.token_hex(8), secrets.token_bytes(KEY_BYTES))

    @classmethod
    def named_by_itself(cls, secret: bytes) -> "Key":
        return cls(hmac.new(secret, b"name of an installation key", hashlib.sha256).hexdigest()[:16], secret)

    def seal(self, plain: bytes, *, place: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.secret).encrypt(nonce, plain, self._bound_to(place))
        return f"sealed:1:{self.id}:{base64.urlsafe_b64encode(nonce + sealed).decode().rstrip('=')}"

    def unseal(self, text: str, *, place: str) -> bytes:
        """Decrypts a sealed text. Raises DecryptionFailed."""
        match = SEALED_FORM.fullmatch(text)
        if match is None or match[1] != self.id:
            raise DecryptionFailed
        body = base64.urlsafe_b64decode(match[2] + "=" * (-len(match[2]) % 4))
        try:
            return AESGCM(self.secret).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], self._bound_to(place))
        except (InvalidTag, ValueError):
            raise DecryptionFailed from None

    def digest(self, kind: str, text: str) -> str:
        return hmac.new(self.secret, f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()

    def _bound_to(self, place: str) -> bytes:
        return f"posture 1 {self.id} {place}".encode()


def key_id_of(text: str) -> str | None:
    """Returns the id of the key of a sealed text, or None for a text that is not sealed."""
    match = SEALED_FORM.fullmatch(text)
    return match[1] if match else None


def encoded_key(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).decode()


def decoded_key(text: str) -> bytes:
    """Decodes a key. Raises ValueError unless it has 256 bits."""
    secret = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    if len(secret) != KEY_BYTES:
        raise ValueError("not 256 bits")
    return secret
