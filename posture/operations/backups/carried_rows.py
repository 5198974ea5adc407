"""Carries data of the old database over a restore: the wrapped keys of organisations, which no archive contains, and
the ledger of erasures, which may be longer than that of the archive. Keys that were destroyed after the archive was
made stay destroyed."""

from django.db import DatabaseError, transaction

from surveys.retention import key_ring
from surveys.retention.key_ring import AddedCounts, KeyRing


def read_key_ring() -> KeyRing:
    """Reads the key ring. Returns an empty ring for a database that cannot be read or has no keys yet."""
    try:
        with transaction.atomic():
            return key_ring.current_key_ring()
    except DatabaseError:
        return KeyRing([], [], [])


def add_key_ring(ring: KeyRing) -> AddedCounts:
    return key_ring.restore_key_ring(ring)
