"""Tests that the audit trail shows manipulations of it, on both databases."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from surveys.audit.append_only_triggers import GUARD, TABLE, create_audit_triggers
from surveys.audit.trail import anchors, delete_chain, flaws, missing_anchors, note, remove_entries_before
from surveys.models import AuditChain, AuditEntry, Organization
from tests.support.builders import NOW, make_organization, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@contextmanager
def without_guard() -> Iterator[None]:
    """Removes the triggers, as an owner of the database could."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DROP TRIGGER {GUARD} ON {TABLE}"
            if connection.vendor == "postgresql"
            else f"DROP TRIGGER {GUARD}"
        )
    yield
    create_audit_triggers(using="default")


@pytest.fixture
def acme() -> Organization:
    organization = make_organization("acme")
    for number in range(5):
        note("saved answers", organization=organization, by="respondent", about=f"item {number}", at=NOW)
    note("published a release", by=make_user("analyst", is_staff=True), about="small-1", at=NOW)
    return organization


def flaw_texts() -> list[str]:
    return [str(flaw) for flaw in flaws()]


def test_an_untouched_trail_has_no_flaw(acme: Organization) -> None:
    assert flaw_texts() == []
    assert [entry.sequence for entry in AuditEntry.objects.filter(organization=acme)] == [1, 2, 3, 4, 5]
    assert AuditEntry.objects.get(organization=None).actor.startswith("person ")
    call_command("audit", "verify")


@pytest.mark.parametrize(
    "change",
    [{"about": "item 9"}, {"action": "nothing"}, {"actor": "person 1"}, {"at": NOW - timedelta(days=1)}],
)
def test_an_edit_is_found(acme: Organization, change: dict[str, object]) -> None:
    with without_guard():
        AuditEntry.objects.filter(organization=acme, sequence=3).update(**change)
    assert flaw_texts() == ["audit trail of Acme, entry 3: was changed after it was written"]


def test_an_edit_that_was_signed_again_is_found(acme: Organization) -> None:
    changed_entry = AuditEntry.objects.get(organization=acme, sequence=3)
    with without_guard():
        AuditEntry.objects.filter(pk=changed_entry.pk).update(about="item 9", digest="f" * 64)
    assert any("entry 4: does not follow" in flaw for flaw in flaw_texts())


def test_a_deletion_is_found(acme: Organization) -> None:
    with without_guard():
        AuditEntry.objects.filter(organization=acme, sequence__in=(2, 3)).delete()
    assert flaw_texts() == ["audit trail of Acme, entry 2: missing up to entry 3"]


def test_another_order_is_found(acme: Organization) -> None:
    with without_guard():
        for old, new in ((2, 99), (3, 2), (99, 3)):
            AuditEntry.objects.filter(organization=acme, sequence=old).update(sequence=new)
    assert {flaw.split(", ")[1].split(":")[0] for flaw in flaw_texts()} == {"entry 2", "entry 3", "entry 4"}


def test_a_cut_end_is_found(acme: Organization) -> None:
    with without_guard():
        AuditEntry.objects.filter(organization=acme, sequence__gte=4).delete()
    assert flaw_texts() == ["audit trail of Acme, entry 4: the end is missing: 5 entries were written"]
    with pytest.raises(CommandError, match="1 flaws"):
        call_command("audit", "verify")


def test_a_cut_end_that_was_closed_again_differs_from_its_anchor(acme: Organization) -> None:
    log = "\n".join(f"2026-11-25 INFO {line}" for line in anchors())
    assert missing_anchors(log) == []
    with without_guard():
        AuditEntry.objects.filter(organization=acme, sequence__gte=4).delete()
        last = AuditEntry.objects.get(organization=acme, sequence=3)
        AuditChain.objects.filter(organization=acme).update(length=3, head=last.digest)
    assert flaw_texts() == []
    assert missing_anchors(log) == [f"chain {acme.pk}: entry 5 is not the one that was anchored"]


def test_a_chain_without_its_record_is_found(acme: Organization) -> None:
    with without_guard():
        AuditChain.objects.filter(organization=acme).delete()
    assert "the record of where this chain ends is missing" in flaw_texts()[0]


def test_the_database_refuses_changes(acme: Organization) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        AuditEntry.objects.filter(organization=acme).update(about="")
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            AuditEntry.objects.filter(organization=acme, sequence=5).delete()


def test_retention_leaves_a_chain_that_verifies(acme: Organization) -> None:
    note("saved answers", organization=acme, by="respondent", about="later", at=NOW + timedelta(days=2))
    log = "\n".join(anchors())
    assert remove_entries_before(NOW + timedelta(days=1)) == 6
    assert [entry.sequence for entry in AuditEntry.objects.filter(organization=acme)] == [6]
    note("saved answers", organization=acme, by="respondent", about="after", at=NOW + timedelta(days=3))
    assert flaw_texts() == []
    assert missing_anchors(log) == []


def test_a_chain_can_be_forgotten_whole(acme: Organization) -> None:
    assert delete_chain(acme) == 5
    assert flaw_texts() == []
    assert AuditEntry.objects.count() == 1


def test_a_long_description_is_truncated_and_verifies(acme: Organization) -> None:
    assert len(note("saved answers", organization=acme, about="x" * 1000, at=NOW).about) == 400
    assert flaw_texts() == []


def test_a_rollback_leaves_no_entry(acme: Organization) -> None:
    with transaction.atomic():
        note("saved answers", organization=acme, at=NOW)
        transaction.set_rollback(True)
    assert AuditEntry.objects.filter(organization=acme).count() == 5
    assert flaw_texts() == []


@pytest.mark.django_db(transaction=True)
def test_concurrent_notes_make_one_chain() -> None:
    acme = make_organization("acme")

    def write() -> None:
        for _ in range(10):
            note("saved answers", organization=acme, by="respondent", at=NOW)
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert AuditChain.objects.get(organization=acme).length == 60
    assert flaw_texts() == []
