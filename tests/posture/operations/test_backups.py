"""Tests that backup archives are complete, equal the database, and are refused after any change."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.management import CommandError, call_command
from django.db import connection

from posture.operations import tasks
from posture.operations.backups import (
    archive,
    archive_names,
    archive_values,
    backup,
    envelope,
    key,
    restore,
    schema_tables,
    verification,
)
from posture.operations.backups.envelope import OpeningReader, SealingWriter
from posture.operations.backups.errors import ArchiveRefused, BackupError
from posture.operations.backups.key import BackupKey
from surveys.models import Answer, AnswerVersion, AuditEntry, Job, Organization
from tests.support.builders import NOW, chose, make_organization, make_response, make_wave, percent

pytestmark = pytest.mark.long

SMALL_CHUNK = 512
PLAIN = b"".join(b"answer %06d is 70\n" % number for number in range(200))
KEY = BackupKey(b"k" * 32)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "CHUNK_BYTES", SMALL_CHUNK)


def sealed(plain: bytes = PLAIN, with_key: BackupKey = KEY) -> bytes:
    file = io.BytesIO()
    writer = SealingWriter(file, with_key)
    writer.write(plain)
    writer.finish()
    return file.getvalue()


def opened(archive_bytes: bytes, with_key: BackupKey = KEY) -> bytes:
    return io.BufferedReader(OpeningReader(io.BytesIO(archive_bytes), {with_key.id: with_key})).read()


def head_of(archive_bytes: bytes) -> int:
    start = len(envelope.MAGIC)
    return start + 4 + int.from_bytes(archive_bytes[start : start + 4], "big")


def chunks_of(archive_bytes: bytes) -> tuple[bytes, list[bytes]]:
    head, size = head_of(archive_bytes), SMALL_CHUNK + envelope.TAG_BYTES
    return archive_bytes[:head], [
        archive_bytes[at : at + size] for at in range(head, len(archive_bytes), size)
    ]


def flipped(one: bytes) -> bytes:
    middle = len(one) // 2
    return one[:middle] + bytes([one[middle] ^ 1]) + one[middle + 1 :]


def cut(one: bytes) -> bytes:
    return one[:-100]


def cut_between_chunks(one: bytes) -> bytes:
    head, chunks = chunks_of(one)
    return head + b"".join(chunks[:-1])


def without_a_chunk(one: bytes) -> bytes:
    head, chunks = chunks_of(one)
    return head + b"".join(chunks[:2] + chunks[3:])


def in_another_order(one: bytes) -> bytes:
    head, chunks = chunks_of(one)
    return head + b"".join([chunks[1], chunks[0], *chunks[2:]])


def with_a_chunk_of_another(one: bytes) -> bytes:
    (head, chunks), (_, others) = chunks_of(one), chunks_of(sealed())
    return head + b"".join([others[0], *chunks[1:]])


def with_more_behind(one: bytes) -> bytes:
    return one + b"more"


def with_another_salt(one: bytes) -> bytes:
    head, chunks = chunks_of(one)
    at = head.index(b'"salt": "') + len(b'"salt": "')
    return head[:at] + (b"0" if head[at : at + 1] != b"0" else b"1") + head[at + 1 :] + b"".join(chunks)


def of_an_older_format(one: bytes) -> bytes:
    return one.replace(b'"format": 1', b'"format": 0', 1)


def of_something_else(_: bytes) -> bytes:
    return b"PK\x03\x04 a zip file"


BAD = {
    flipped: "damaged at chunk",
    cut: "damaged at chunk",
    cut_between_chunks: "damaged at chunk",
    without_a_chunk: "damaged at chunk",
    in_another_order: "damaged at chunk",
    with_a_chunk_of_another: "damaged at chunk",
    with_more_behind: "damaged at chunk",
    with_another_salt: "damaged at chunk",
    of_an_older_format: "has format 0",
    of_something_else: "no backup of Posture",
}
Damage = Callable[[bytes], bytes]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("size", [0, 1, SMALL_CHUNK - 1, SMALL_CHUNK, SMALL_CHUNK + 1, 3 * SMALL_CHUNK])
def test_what_was_sealed_opens(size: int) -> None:
    assert opened(sealed(PLAIN[:size])) == PLAIN[:size]
    assert PLAIN[:18] not in sealed()


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(("damage", "sentence"), BAD.items())
def test_what_is_not_as_it_was_written_is_refused(damage: Damage, sentence: str) -> None:
    with pytest.raises(ArchiveRefused, match=sentence):
        opened(damage(sealed()))


def test_another_key_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="another key"):
        opened(sealed(), BackupKey(b"o" * 32))


@pytest.mark.usefixtures("small_chunks")
def test_without_the_tag_a_change_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of these tests."""

    class WithoutTag:
        def __init__(self, secret: bytes) -> None:
            self.secret, self.real = secret, AESGCM(secret)

        def encrypt(self, nonce: bytes, data: bytes, bound: None) -> bytes:
            return self.real.encrypt(nonce, data, bound)

        def decrypt(self, nonce: bytes, data: bytes, _: None) -> bytes:
            counter = Cipher(algorithms.AES256(self.secret), modes.CTR(nonce + (2).to_bytes(4, "big")))
            return counter.decryptor().update(data[: -envelope.TAG_BYTES])

    monkeypatch.setattr(envelope, "AESGCM", WithoutTag)
    assert opened(sealed()) == PLAIN
    changed = opened(flipped(sealed()))
    assert changed != PLAIN
    assert len(changed) == len(PLAIN)


# With a database.


HOSTILE = 'Ünïcode 🦀 "quoted" \\back\\slash\nnew line\ttab; DROP TABLE; {{7*7}}'


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Path:
    settings.BACKUP_KEY, settings.BACKUP_DIR = "", str(tmp_path / "backups")
    settings.VAR = tmp_path
    wave, acme = make_wave(), make_organization("acme", sector="healthcare")
    make_response(wave, acme, "executive", {"A-C": percent(90), "I-C": chose("dont-know")}, submit=True)
    make_response(wave, acme, "engineer", {"COUNT": percent(7), "A-R": percent(60, "exported")})
    Organization.objects.filter(pk=acme.pk).update(name=HOSTILE)
    return tmp_path


def backed_up(world: Path) -> Path:
    target = world / "one.backup"
    backup.make_backup(target, at=NOW)
    return target


@pytest.mark.database
def test_an_archive_lists_what_the_database_holds(world: Path) -> None:
    target = backed_up(world)
    manifest = restore.check_archive(target)
    assert manifest.engine == connection.vendor
    assert manifest.tables["surveys_answer"].rows == Answer.objects.count() == 4
    assert manifest.tables["surveys_answerversion"].rows == AnswerVersion.objects.count()
    assert not set(manifest.tables) & {"django_session", "surveys_sealingkey", "surveys_lookupkey"}
    assert {"django_session", "surveys_sealingkey", "surveys_lookupkey"} <= set(manifest.left_out)
    assert target.stat().st_mode & 0o777 == 0o600
    assert HOSTILE.encode() not in target.read_bytes()
    assert [path.name for path in world.iterdir() if "one.backup" in path.name] == ["one.backup"]


@pytest.mark.database
def test_proving_leaves_the_database_of_the_owner_alone(
    world: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", f"sqlite:///{tmp_path}/owner.sqlite3")
    verification.verify_archive(backed_up(world))
    assert not (tmp_path / "owner.sqlite3").exists()


@pytest.mark.database
def test_an_archive_is_proved_by_a_restore_on_sqlite(world: Path) -> None:
    """Also an archive from PostgreSQL: the digests of the scratch database equal those of the archive."""
    manifest, told = verification.verify_archive(backed_up(world))
    assert manifest.tables["surveys_organization"].rows == 1
    assert "every table says what the archive says" in told
    assert "audit trail: whole" in told
    assert not list(world.glob("verify-*"))


@pytest.mark.database
@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("damage", [flipped, cut, cut_between_chunks, without_a_chunk, of_an_older_format])
def test_a_bad_archive_changes_nothing(world: Path, damage: Damage) -> None:
    target = backed_up(world)
    target.write_bytes(damage(target.read_bytes()))
    with pytest.raises(CommandError, match="Nothing was restored"):
        call_command("restore", str(target), "--replace")
    assert Organization.objects.get().name == HOSTILE


def test_a_newer_schema_is_refused(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = backed_up(world)
    older = restore.shipped_migrations() - {("surveys", "0003_tally")}
    monkeypatch.setattr(restore, "shipped_migrations", lambda: older)
    with pytest.raises(ArchiveRefused, match=r"made by a newer version.*0003_tally"):
        restore.check_archive(target)


def test_a_table_that_is_not_there_is_refused(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive is sealed with the right key, but not by the product."""
    whole = schema_tables.tables_of
    monkeypatch.setattr(
        backup,
        "tables_of",
        lambda *given: [table for table in whole(*given) if table.name != "surveys_answer"],
    )
    target = backed_up(world)
    with pytest.raises(ArchiveRefused, match="not those that its manifest lists"):
        restore.check_archive(target)


def test_rows_that_are_not_listed_are_refused(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = archive.TableDigest.contents
    monkeypatch.setattr(
        archive.TableDigest,
        "contents",
        lambda self: archive.TableContents(self.rows + 1, counted(self).sha256),
    )
    target = backed_up(world)
    monkeypatch.setattr(archive.TableDigest, "contents", counted)
    with pytest.raises(ArchiveRefused, match="not those that its manifest lists"):
        restore.check_archive(target)


@pytest.mark.database
def test_a_database_with_rows_is_not_restored_over(world: Path) -> None:
    with pytest.raises(CommandError, match="--replace removes everything"):
        call_command("restore", str(backed_up(world)))
    assert Organization.objects.count() == 1


def test_the_newest_is_verified(world: Path) -> None:
    with pytest.raises(BackupError, match="There is no backup in"):
        archive_names.latest()
    call_command("backup")
    assert archive_names.latest().parent == world / "backups"
    output = io.StringIO()
    call_command("verify", "--latest", "--json", stdout=output)
    assert json.loads(output.getvalue())["tables"]["surveys_organization"]["rows"] == 1


@pytest.mark.database
def test_the_clock_makes_one_and_notes_it(world: Path) -> None:
    tasks.back_up(Job(kind=tasks.BACKUP), at=NOW)()
    assert restore.check_archive(archive_names.latest()).tables["surveys_organization"].rows == 1
    assert AuditEntry.objects.filter(action="backup made", about=archive_names.latest().name).count() == 1


def test_a_key_that_others_can_read_is_refused(world: Path) -> None:
    key.sealing_key()
    assert key.key_file().stat().st_mode & 0o777 == 0o600
    key.key_file().chmod(0o640)
    with pytest.raises(BackupError, match="can be read by others"):
        backed_up(world)


def test_an_older_key_still_opens(world: Path, settings: Any) -> None:
    settings.BACKUP_KEY = "A" * 43 + "="
    target = backed_up(world)
    settings.BACKUP_KEY = "B" * 42 + "A="
    with pytest.raises(ArchiveRefused, match="another key"):
        restore.check_archive(target)
    settings.BACKUP_KEY += "," + "A" * 43 + "="
    assert restore.check_archive(target).tables["surveys_organization"].rows == 1
    settings.BACKUP_KEY = "too short"
    with pytest.raises(BackupError, match="256 bits"):
        backed_up(world)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": [1.0, 2.50]}', '{"b":[1,2.5],"a":1}'),
        ("1e22", "10000000000000000000000"),
        ('"\\u00e9"', '"é"'),
        ("null", " null "),
    ],
)
def test_json_that_means_the_same_is_the_same(one: str, other: str) -> None:
    assert archive_values.canonical(one) == archive_values.canonical(other)
    assert archive_values.canonical('{"a": 1}') != archive_values.canonical('{"a": "1"}')
