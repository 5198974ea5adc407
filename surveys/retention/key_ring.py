"""The key ring: a file beside the installation key that holds what no backup may hold, the wrapped keys of the
organisations that are there, and which were erased. It is always the whole ring of the moment, written anew with every
backup and every erasure, so a key that was destroyed is in none."""

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

FORM = 1


class UnreadableRing(Exception):
    pass


@dataclass(frozen=True)
class Ring:
    """keys: key, organisation and wrapped secret of each. lookup: key and wrapped secret. erasures: rows of the
    ledger."""

    keys: list[tuple[str, int | None, str]]
    lookup: list[tuple[str, str]]
    erasures: list[dict[str, Any]]


@dataclass(frozen=True)
class Added:
    keys: int
    erasures: int


def present() -> Ring:
    return Ring(
        keys=list(SealingKey.objects.values_list("key_id", "organization_id", "wrapped")),
        lookup=list(LookupKey.objects.values_list("key_id", "wrapped")),
        erasures=[dict(row) for row in Erasure.objects.order_by("at").values()],
    )


@transaction.atomic
def add(ring: Ring) -> Added:
    """What is there stays, but the lookup key becomes that of the ring: the ledger speaks in it. Keys of organisations
    that are not there are left out."""
    there = set(SealingKey.objects.values_list("key_id", flat=True))
    organizations = {*Organization.objects.values_list("pk", flat=True), None}
    missing = [
        SealingKey(key_id=key_id, organization_id=organization, wrapped=wrapped)
        for key_id, organization, wrapped in ring.keys
        if key_id not in there and organization in organizations
    ]
    SealingKey.objects.bulk_create(missing)
    for key_id, wrapped in ring.lookup:
        LookupKey.objects.update_or_create(pk=1, defaults={"key_id": key_id, "wrapped": wrapped})
    known = set(Erasure.objects.values_list("digest", flat=True))
    ledger = [Erasure(**row) for row in ring.erasures if row["digest"] not in known]
    Erasure.objects.bulk_create(ledger)
    return Added(len(missing), len(ledger))


@transaction.atomic
def rewrap() -> int:
    """All keys under the installation key that is the first now. How many."""
    for row in SealingKey.objects.select_for_update():
        row.wrapped = sealing.wrap_anew(row.key_id, row.wrapped, place=str(row.organization_id))
        row.save(update_fields=["wrapped"])
    for own in LookupKey.objects.select_for_update():
        own.wrapped = sealing.wrap_anew(own.key_id, own.wrapped, place="lookup")
        own.save(update_fields=["wrapped"])
    return SealingKey.objects.count() + LookupKey.objects.count()


def tried() -> tuple[int, int]:
    """How many keys the installation key opens, and how many it does not."""
    rows = list(SealingKey.objects.values_list("key_id", "wrapped", "organization_id"))
    closed = sum(not _opens(key_id, wrapped, str(place)) for key_id, wrapped, place in rows)
    return len(rows) - closed, closed


def _opens(key_id: str, wrapped: str, place: str) -> bool:
    try:
        sealing.unwrap(key_id, wrapped, place=place)
    except SealingError:
        return False
    return True


def path() -> Path:
    return Path(settings.INSTALLATION_KEY_FILE).with_name("key_ring.json")


def write(file: Path | None = None) -> Path:
    file = file or path()
    write_private(file, json.dumps({"form": FORM, **asdict(present())}, default=str) + "\n")
    return file


def read(file: Path) -> Ring:
    """Raises UnreadableRing."""
    try:
        found = json.loads(file.read_text())
        if found["form"] != FORM:
            raise UnreadableRing(f"{file} was written by another version.")
        return Ring(
            keys=[(key_id, organization, wrapped) for key_id, organization, wrapped in found["keys"]],
            lookup=[(key_id, wrapped) for key_id, wrapped in found["lookup"]],
            erasures=[{**row, "at": datetime.fromisoformat(row["at"])} for row in found["erasures"]],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableRing(f"{file} is no key ring: {error}") from None
