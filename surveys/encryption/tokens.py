"""Tokens in links and cookies. The database holds only their hash, so nobody who reads it can use them."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """Returns a token of 256 random bits, as 43 characters that need no escaping in an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """Returns the SHA-256 of the token as hexadecimal digits. A token is random, so its hash needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
