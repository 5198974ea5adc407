"""Checks whether sealed values can be decrypted, now and after a restore."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from posture.operations.doctor.finding import Finding, make_finding
from surveys.encryption import installation_key
from surveys.retention import key_ring

MAX_KEY_RING_AGE = timedelta(days=1)


def findings(at: datetime) -> Iterator[Finding]:
    keys = installation_key.installation_keys()
    yield make_finding("installation key", f"{keys[0].id}, and {len(keys) - 1} older")
    readable, unreadable = key_ring.count_usable_keys()
    yield make_finding(
        "keys of organisations",
        f"{readable} open, {unreadable} do not",
        is_wrong=unreadable > 0,
        fix="Their words cannot be read: put the older installation key back, or bring back the key ring.",
    )
    key_ring_file = key_ring.default_path()
    written_at = (
        datetime.fromtimestamp(key_ring_file.stat().st_mtime, UTC) if key_ring_file.exists() else None
    )
    yield make_finding(
        "key ring",
        f"{key_ring_file}, written {written_at:%Y-%m-%d %H:%M} UTC" if written_at else "none",
        is_wrong=readable > 0 and (written_at is None or at - written_at > MAX_KEY_RING_AGE),
        fix="A restore on a new machine could not open the words: make a backup, or run manage.py key_ring write.",
    )
