"""What is sealed opens with its own key, in its own place, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from surveys import cipher, installation_key, sealing
from surveys.models import LookupKey, SealingKey
from tests.builders import make_organization

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WORDS = "Agents hold production keys — ключ, 鍵, \N{KEY}"


def test_a_text_opens_again_and_stands_nowhere_in_clear() -> None:
    acme = make_organization("acme")
    sealed = sealing.seal(WORDS, acme.pk, place="here")
    assert sealing.unseal(sealed, place="here") == WORDS
    assert "Agents" not in sealed
    assert sealing.seal(WORDS, acme.pk, place="here") != sealed
    assert sealing.seal("", acme.pk) == "" == sealing.unseal("")


def test_what_belongs_to_no_organisation_is_sealed_too() -> None:
    assert sealing.unseal(sealing.seal(WORDS, None)) == WORDS
    assert cipher.key_id_of(sealing.seal(WORDS, None)) == SealingKey.objects.get(organization=None).key_id


def test_a_sealed_text_opens_in_no_other_place() -> None:
    acme = make_organization("acme")
    sealed = sealing.seal(WORDS, acme.pk, place="here")
    with pytest.raises(sealing.NotAuthentic):
        sealing.unseal(sealed, place="there")


def test_a_key_of_another_organisation_opens_nothing() -> None:
    """Planted: the row of one organisation's key is given to another."""
    acme, initech = make_organization("acme"), make_organization("initech")
    sealed = sealing.seal(WORDS, acme.pk)
    sealing.forget_opened_keys()
    SealingKey.objects.filter(organization=acme).update(organization=initech)
    with pytest.raises(sealing.SealingError):
        sealing.unseal(sealed)


@pytest.mark.parametrize("place", [-1, -20, 40])
def test_a_changed_text_is_refused(place: int) -> None:
    sealed = sealing.seal(WORDS, make_organization("acme").pk)
    other = "A" if sealed[place] != "A" else "B"
    changed = sealed[:place] + other + (sealed[place + 1 :] if place != -1 else "")
    if place == -1:
        changed = sealed[:-2] + other + sealed[-1]
    with pytest.raises(sealing.NotAuthentic):
        sealing.unseal(changed)


def test_a_destroyed_key_takes_its_texts_and_no_others() -> None:
    acme, initech = make_organization("acme"), make_organization("initech")
    gone, kept = sealing.seal(WORDS, acme.pk), sealing.seal(WORDS, initech.pk)
    assert sealing.destroy_key(acme.pk)
    with pytest.raises(sealing.KeyGone, match="key ring"):
        sealing.unseal(gone)
    assert sealing.unseal(kept) == WORDS


def test_a_key_that_was_rolled_back_seals_nothing() -> None:
    acme = make_organization("acme")
    with transaction.atomic():
        lost = sealing.seal(WORDS, acme.pk)
        transaction.set_rollback(True)
    kept = sealing.seal(WORDS, acme.pk)
    assert cipher.key_id_of(kept) != cipher.key_id_of(lost)
    assert cipher.key_id_of(kept) == SealingKey.objects.get(organization=acme).key_id


def test_many_texts_of_one_transaction_read_the_key_once(django_assert_num_queries: Any) -> None:
    acme = make_organization("acme")
    sealing.seal(WORDS, acme.pk)
    with transaction.atomic(), django_assert_num_queries(1):
        sealed = [sealing.seal(WORDS, acme.pk) for _ in range(20)]
    sealing.forget_opened_keys()
    with django_assert_num_queries(1):
        assert {sealing.unseal(text) for text in sealed} == {WORDS}


def test_an_address_is_found_however_it_is_written() -> None:
    digest = sealing.digest_of_address("Jo@Acme.example ")
    assert digest == sealing.digest_of_address("jo@acme.example")
    assert digest != sealing.digest_of_address("jo@initech.example")
    assert sealing.digest_of_address(" ") == ""
    LookupKey.objects.all().delete()
    assert digest != sealing.digest_of_address("jo@acme.example")


def test_without_the_installation_key_nothing_opens_and_the_error_says_what_to_do(
    settings: LazySettings, tmp_path: Path
) -> None:
    sealed = sealing.seal(WORDS, make_organization("acme").pk)
    sealing.forget_opened_keys()
    settings.INSTALLATION_KEY_FILE = tmp_path / "nowhere"
    with pytest.raises(installation_key.InstallationKeyError, match="put the one of this installation"):
        sealing.unseal(sealed)
    settings.INSTALLATION_KEY = installation_key.fresh_key()
    with pytest.raises(sealing.KeyGone, match="INSTALLATION_KEY"):
        sealing.unseal(sealed)
    assert not settings.INSTALLATION_KEY_FILE.exists()


def test_a_key_file_that_others_can_read_is_refused(settings: LazySettings, tmp_path: Path) -> None:
    settings.INSTALLATION_KEY_FILE = tmp_path / "key"
    call_command("make_installation_key")
    assert settings.INSTALLATION_KEY_FILE.stat().st_mode & 0o777 == 0o600
    assert len(installation_key.installation_keys()) == 1
    settings.INSTALLATION_KEY_FILE.chmod(0o640)
    with pytest.raises(installation_key.InstallationKeyError, match="chmod 600"):
        installation_key.installation_keys()


def test_an_installation_key_is_never_overwritten(settings: LazySettings, tmp_path: Path) -> None:
    settings.INSTALLATION_KEY_FILE = tmp_path / "key"
    call_command("make_installation_key")
    written = settings.INSTALLATION_KEY_FILE.read_text()
    with pytest.raises(CommandError, match="already"):
        call_command("make_installation_key")
    assert settings.INSTALLATION_KEY_FILE.read_text() == written


@pytest.mark.parametrize("text", ["short", "=", "a" * 43, ",", "é"])
def test_what_is_no_key_is_refused(settings: LazySettings, text: str) -> None:
    settings.INSTALLATION_KEY = text
    with pytest.raises(installation_key.InstallationKeyError):
        installation_key.installation_keys()


def test_no_key_stands_in_the_database_in_clear() -> None:
    acme = make_organization("acme")
    sealed = sealing.seal(WORDS, acme.pk)
    _, key = sealing._opened[cipher.key_id_of(sealed) or ""]
    with connection.cursor() as cursor:
        for table in sealing.left_out_of_backups():
            cursor.execute(f"SELECT * FROM {table}")
            rows = str(cursor.fetchall())
            assert cipher.written(key.secret) not in rows
            assert key.secret.hex() not in rows
