"""What a restore over a living installation carries from the old database into the new one: the wrapped keys of
organisations, which no archive holds, and the ledger of erasures, which may be longer than that of the archive. Keys
that were destroyed since the archive was made stay destroyed."""

from django.db import DatabaseError, transaction

from surveys.retention import key_ring
from surveys.retention.key_ring import Added, Ring


def pick_up() -> Ring:
    """Nothing from a database that cannot be read, or is older than keys."""
    try:
        with transaction.atomic():
            return key_ring.present()
    except DatabaseError:
        return Ring([], [], [])


def put_down(ring: Ring) -> Added:
    return key_ring.add(ring)
