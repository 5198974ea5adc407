"""Checks whether sealed values can be decrypted, now and after a restore."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from posture.operations.doctor.finding import Finding, found
from surveys.encryption import installation_key
from surveys.retention import key_ring

OLDEST_RING = timedelta(days=1)


def findings(at: datetime) -> Iterator[Finding]:
    keys = installation_key.installation_keys()
    yield found("installation key", f"{keys[0].id}, and {len(keys) - 1} older")
    opened, closed = key_ring.count_usable_keys()
    yield found(
        "keys of organisations",
        f"{opened} open, {closed} do not",
        wrong=closed > 0,
        fix="Their words cannot be read: put the older installation key back, or bring back the key ring.",
    )
    ring = key_ring.default_path()
    written = datetime.fromtimestamp(ring.stat().st_mtime, UTC) if ring.exists() else None
    yield found(
        "key ring",
        f"{ring}, written {written:%Y-%m-%d %H:%M} UTC" if written else "none",
        wrong=opened > 0 and (written is None or at - written > OLDEST_RING),
        fix="A restore on a new machine could not open the words: make a backup, or run manage.py key_ring write.",
    )
