"""The key ring: a file beside the installation key with data that no backup may hold.

It holds the wrapped keys of the existing organisations, and the ledger of erasures. Every backup and every erasure
writes the whole file anew, so that it contains no destroyed key.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from surveys.encryption import sealing
from surveys.encryption.cipher import SealingError
from surveys.encryption.installation_key import write_private
from surveys.models import Erasure, LookupKey, Organization, SealingKey

FORMAT_VERSION = 1


class UnreadableKeyRing(Exception):
    pass


@dataclass(frozen=True)
class KeyRing:
    """The content of a key ring.

    `keys` holds key id, organisation and wrapped secret of each key; `lookup` holds key id and wrapped secret.
    `erasures` holds the rows of the ledger.
    """

    keys: list[tuple[str, int | None, str]]
    lookup: list[tuple[str, str]]
    erasures: list[dict[str, Any]]


@dataclass(frozen=True)
class AddedCounts:
    keys: int
    erasures: int


def current_key_ring() -> KeyRing:
    return KeyRing(
        keys=list(SealingKey.objects.values_list("key_id", "organization_id", "wrapped")),
        lookup=list(LookupKey.objects.values_list("key_id", "wrapped")),
        erasures=[dict(row) for row in Erasure.objects.order_by("at").values()],
    )


@transaction.atomic
def restore_key_ring(ring: KeyRing) -> AddedCounts:
    """Adds the missing keys and rows of the ledger from a key ring.

    Existing keys stay, but the lookup key is replaced by that of the ring, with which the ledger was written. Keys of
    organisations that do not exist are skipped.
    """
    present_keys = set(SealingKey.objects.values_list("key_id", flat=True))
    organizations = {*Organization.objects.values_list("pk", flat=True), None}
    missing = [
        SealingKey(key_id=key_id, organization_id=organization, wrapped=wrapped)
        for key_id, organization, wrapped in ring.keys
        if key_id not in present_keys and organization in organizations
    ]
    SealingKey.objects.bulk_create(missing)
    for key_id, wrapped in ring.lookup:
        LookupKey.objects.update_or_create(pk=1, defaults={"key_id": key_id, "wrapped": wrapped})
    present_digests = set(Erasure.objects.values_list("digest", flat=True))
    ledger = [Erasure(**row) for row in ring.erasures if row["digest"] not in present_digests]
    Erasure.objects.bulk_create(ledger)
    return AddedCounts(len(missing), len(ledger))


@transaction.atomic
def rewrap_keys() -> int:
    """Wraps all keys by the current first installation key. Returns their number."""
    for row in SealingKey.objects.select_for_update():
        row.wrapped = sealing.rewrap(row.key_id, row.wrapped, place=str(row.organization_id))
        row.save(update_fields=["wrapped"])
    for lookup_key in LookupKey.objects.select_for_update():
        lookup_key.wrapped = sealing.rewrap(lookup_key.key_id, lookup_key.wrapped, place="lookup")
        lookup_key.save(update_fields=["wrapped"])
    return SealingKey.objects.count() + LookupKey.objects.count()


def count_usable_keys() -> tuple[int, int]:
    """Returns how many keys the installation key can unwrap, and how many it cannot."""
    rows = list(SealingKey.objects.values_list("key_id", "wrapped", "organization_id"))
    unusable = sum(not _can_unwrap(key_id, wrapped, str(place)) for key_id, wrapped, place in rows)
    return len(rows) - unusable, unusable


def _can_unwrap(key_id: str, wrapped: str, place: str) -> bool:
    try:
        sealing.unwrap(key_id, wrapped, place=place)
    except SealingError:
        return False
    return True


def default_path() -> Path:
    return Path(settings.INSTALLATION_KEY_FILE).with_name("key_ring.json")


def write_key_ring(file: Path | None = None) -> Path:
    file = file or default_path()
    write_private(
        file, json.dumps({"form": FORMAT_VERSION, **asdict(current_key_ring())}, default=str) + "\n"
    )
    return file


def read_key_ring(file: Path) -> KeyRing:
    """Reads a key ring. Raises UnreadableKeyRing."""
    try:
        content = json.loads(file.read_text())
        if content["form"] != FORMAT_VERSION:
            raise UnreadableKeyRing(f"{file} was written by another version.")
        return KeyRing(
            keys=[(key_id, organization, wrapped) for key_id, organization, wrapped in content["keys"]],
            lookup=[(key_id, wrapped) for key_id, wrapped in content["lookup"]],
            erasures=[{**row, "at": datetime.fromisoformat(row["at"])} for row in content["erasures"]],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableKeyRing(f"{file} is no key ring: {error}") from None
