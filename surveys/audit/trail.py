"""Writes and verifies the audit trail.

A note is written in the transaction of the action that it describes. Each entry holds the digest of the one before
it, so that a change, a gap or another order is detected. No entry contains an answer, a token or an address.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from surveys.models import AuditChain, AuditEntry, Organization
from surveys.tenancy.organization_scope import for_all_organizations

FIRST_DIGEST = "0" * 64
MAX_ABOUT_LENGTH = 400
ANCHOR = re.compile(r"audit anchor: chain (installation|\d+), (\d+) entries, head ([0-9a-f]{64})")


@dataclass(frozen=True)
class Flaw:
    """A flaw in a chain, and the entry where it is."""

    chain: AuditChain
    sequence: int
    description: str

    def __str__(self) -> str:
        return f"{self.chain}, entry {self.sequence}: {self.description}"


@for_all_organizations
@transaction.atomic
def note(
    action: str, *, organization: Organization | None = None, by: Any = None, about: str = "", at: datetime
) -> AuditEntry:
    """Adds an entry. `by` is a user, or a word such as "respondent". `about` describes the object in codes and keys."""
    chain = _locked_chain(organization)
    entry = AuditEntry(
        organization=organization,
        sequence=chain.length + 1,
        at=at,
        action=action,
        actor=_actor(by),
        about=about if len(about) <= MAX_ABOUT_LENGTH else f"{about[: MAX_ABOUT_LENGTH - 1]}…",
        previous=chain.head,
    )
    entry.digest = digest_of(entry)
    entry.save(force_insert=True)
    AuditChain.objects.filter(pk=chain.pk).update(length=entry.sequence, head=entry.digest)
    return entry


def _locked_chain(organization: Organization | None) -> AuditChain:
    of_organization = Q(organization=organization) if organization else Q(organization__isnull=True)
    chain = AuditChain.objects.select_for_update().filter(of_organization).first()
    if chain is not None:
        return chain
    AuditChain.objects.bulk_create(
        [AuditChain(organization=organization, head=FIRST_DIGEST, anchor=FIRST_DIGEST)], ignore_conflicts=True
    )
    return AuditChain.objects.select_for_update().get(of_organization)


def _actor(by: Any) -> str:
    if by is None:
        return "system"
    return by if isinstance(by, str) else f"person {by.pk}"


def digest_of(entry: AuditEntry) -> str:
    fields = [
        entry.organization_id,
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.action,
        entry.actor,
        entry.about,
        entry.previous,
    ]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def flaws() -> Iterator[Flaw]:
    """Yields the flaws that `manage.py audit verify` reports: entries changed, missing, out of order, or cut off at
    the end."""
    for chain in AuditChain.objects.select_related("organization"):
        yield from _flaws_of(chain)
    organizations_with_chain = AuditChain.objects.filter(organization__isnull=False).values("organization")
    orphans = AuditEntry.objects.exclude(organization__in=organizations_with_chain)
    if AuditChain.objects.filter(organization__isnull=True).exists():
        orphans = orphans.filter(organization__isnull=False)
    for entry in orphans.order_by("organization", "sequence").distinct():
        chain = AuditChain(organization=entry.organization)
        yield Flaw(chain, entry.sequence, "the record of where this chain ends is missing")


def _flaws_of(chain: AuditChain) -> Iterator[Flaw]:
    expected, previous = chain.anchor_length + 1, chain.anchor
    entries = AuditEntry.objects.filter(organization=chain.organization_id).order_by("sequence", "pk")
    for entry in entries.iterator():
        if entry.sequence < expected:
            continue
        if entry.sequence > expected:
            yield Flaw(chain, expected, f"missing up to entry {entry.sequence - 1}")
        elif entry.previous != previous:
            yield Flaw(chain, entry.sequence, "does not follow from the entry before it")
        if entry.digest != digest_of(entry):
            yield Flaw(chain, entry.sequence, "was changed after it was written")
        expected, previous = entry.sequence + 1, entry.digest
    if expected != chain.length + 1:
        yield Flaw(chain, expected, f"the end is missing: {chain.length} entries were written")
    elif previous != chain.head:
        yield Flaw(chain, chain.length, "is not the entry that was written last")


@transaction.atomic
def remove_entries_before(moment: datetime) -> int:
    """Removes entries older than `moment` for retention, and sets the anchor of each chain to its last removed entry.

    Returns the number of removed entries.
    """
    removed = 0
    for chain in AuditChain.objects.select_for_update():
        old_entries = AuditEntry.objects.filter(organization=chain.organization_id, at__lt=moment)
        last = old_entries.order_by("sequence").last()
        if last is None:
            continue
        AuditChain.objects.filter(pk=chain.pk).update(anchor_length=last.sequence, anchor=last.digest)
        removed += AuditEntry.objects.filter(
            organization=chain.organization_id, sequence__lte=last.sequence
        ).delete()[0]
    return removed


def anchors() -> list[str]:
    """Returns one line for each chain, for a log kept elsewhere. The log reveals a chain that was cut and rebuilt."""
    return [
        f"audit anchor: chain {chain.organization_id or 'installation'}, {chain.length} entries, head {chain.head}"
        for chain in AuditChain.objects.order_by(F("organization").asc(nulls_first=True))
    ]


def missing_anchors(log: str) -> list[str]:
    """Returns the anchors of a log that no longer hold: retention did not remove the entry, but it is missing or
    differs."""
    problems = []
    for chain, length, head in ANCHOR.findall(log):
        of_chain = Q(organization=None if chain == "installation" else int(chain))
        stored_chain = AuditChain.objects.filter(of_chain).first()
        if stored_chain is not None and stored_chain.anchor_length >= int(length):
            continue
        if not AuditEntry.objects.filter(of_chain, sequence=length, digest=head).exists():
            problems.append(f"chain {chain}: entry {length} is not the one that was anchored")
    return problems


@transaction.atomic
def delete_chain(organization: Organization) -> int:
    """Deletes the whole chain of an organisation, for its erasure. Returns the number of entries."""
    AuditChain.objects.filter(organization=organization).update(anchor_length=F("length"), anchor=F("head"))
    removed = AuditEntry.objects.filter(organization=organization).delete()[0]
    AuditChain.objects.filter(organization=organization).delete()
    return removed
