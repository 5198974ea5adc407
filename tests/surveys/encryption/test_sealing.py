"""Tests that a sealed text opens only with its own key, in its own row and column."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from surveys.encryption import cipher, installation_key, sealing, unsealed_rows
from surveys.fieldwork import invitations
from surveys.fieldwork.answer_recording import record_answers
from surveys.instrument.routing import AnswerValue
from surveys.jobs import outbox
from surveys.mail import emails
from surveys.models import (
    AnswerVersion,
    Invitation,
    Job,
    LookupKey,
    RespondentSession,
    Response,
    SealingKey,
    Selection,
    Wave,
)
from tests.support.answers import given_by_item
from tests.support.builders import (
    NOW,
    chose,
    make_organization,
    make_response,
    make_wave,
    small_questionnaire,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TEXT = "Agents hold production keys — ключ, 鍵, \N{KEY}"


def test_a_sealed_text_can_be_decrypted_and_shows_no_plain_text() -> None:
    acme = make_organization("acme")
    sealed = sealing.seal(TEXT, acme.pk, place="here")
    assert sealing.unseal(sealed, place="here") == TEXT
    assert "Agents" not in sealed
    assert sealing.seal(TEXT, acme.pk, place="here") != sealed
    assert sealing.seal("", acme.pk) == "" == sealing.unseal("")


def test_texts_of_the_installation_are_sealed() -> None:
    assert sealing.unseal(sealing.seal(TEXT, None)) == TEXT
    assert cipher.key_id_of(sealing.seal(TEXT, None)) == SealingKey.objects.get(organization=None).key_id


def test_a_sealed_text_opens_in_no_other_place() -> None:
    acme = make_organization("acme")
    sealed = sealing.seal(TEXT, acme.pk, place="here")
    with pytest.raises(sealing.NotAuthentic):
        sealing.unseal(sealed, place="there")


def test_a_key_of_another_organisation_opens_nothing() -> None:
    """A planted fault: another organisation gets the row of this organisation's key."""
    acme, initech = make_organization("acme"), make_organization("initech")
    sealed = sealing.seal(TEXT, acme.pk)
    sealing.clear_key_cache()
    SealingKey.objects.filter(organization=acme).update(organization=initech)
    with pytest.raises(sealing.SealingError):
        sealing.unseal(sealed)


@pytest.mark.parametrize("position", [-3, -20, 40])
def test_a_changed_text_is_refused(position: int) -> None:
    sealed = sealing.seal(TEXT, make_organization("acme").pk)
    other = "A" if sealed[position] != "A" else "B"
    with pytest.raises(sealing.NotAuthentic):
        sealing.unseal(sealed[:position] + other + sealed[position + 1 :])


def test_a_destroyed_key_takes_its_texts_and_no_others() -> None:
    acme, initech = make_organization("acme"), make_organization("initech")
    erased_text, kept_text = sealing.seal(TEXT, acme.pk), sealing.seal(TEXT, initech.pk)
    assert sealing.destroy_key(acme.pk)
    with pytest.raises(sealing.KeyMissing, match="key ring"):
        sealing.unseal(erased_text)
    assert sealing.unseal(kept_text) == TEXT


def test_a_key_that_was_rolled_back_seals_nothing() -> None:
    acme = make_organization("acme")
    with transaction.atomic():
        rolled_back = sealing.seal(TEXT, acme.pk)
        transaction.set_rollback(True)
    kept_text = sealing.seal(TEXT, acme.pk)
    assert cipher.key_id_of(kept_text) != cipher.key_id_of(rolled_back)
    assert cipher.key_id_of(kept_text) == SealingKey.objects.get(organization=acme).key_id


def test_many_texts_of_one_transaction_read_the_key_once(django_assert_num_queries: Any) -> None:
    acme = make_organization("acme")
    sealing.seal(TEXT, acme.pk)
    with transaction.atomic(), django_assert_num_queries(1):
        sealed = [sealing.seal(TEXT, acme.pk) for _ in range(20)]
    sealing.clear_key_cache()
    with django_assert_num_queries(1):
        assert {sealing.unseal(text) for text in sealed} == {TEXT}


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
    sealed = sealing.seal(TEXT, make_organization("acme").pk)
    sealing.clear_key_cache()
    settings.INSTALLATION_KEY_FILE = tmp_path / "nowhere"
    with pytest.raises(installation_key.InstallationKeyError, match="put the one of this installation"):
        sealing.unseal(sealed)
    settings.INSTALLATION_KEY = installation_key.random_key()
    with pytest.raises(sealing.KeyMissing, match="INSTALLATION_KEY"):
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
    key_text = settings.INSTALLATION_KEY_FILE.read_text()
    with pytest.raises(CommandError, match="already"):
        call_command("make_installation_key")
    assert settings.INSTALLATION_KEY_FILE.read_text() == key_text


@pytest.mark.parametrize("text", ["short", "=", "a" * 43, ",", "é"])
def test_an_invalid_key_is_refused(settings: LazySettings, text: str) -> None:
    settings.INSTALLATION_KEY = text
    with pytest.raises(installation_key.InstallationKeyError):
        installation_key.installation_keys()


def test_no_key_is_stored_unwrapped() -> None:
    acme = make_organization("acme")
    sealed = sealing.seal(TEXT, acme.pk)
    _, key = sealing._unwrapped_keys[cipher.key_id_of(sealed) or ""]
    with connection.cursor() as cursor:
        for table in sealing.tables_without_backup():
            cursor.execute(f"SELECT * FROM {table}")
            rows = str(cursor.fetchall())
            assert cipher.encoded_key(key.secret) not in rows
            assert key.secret.hex() not in rows


COLUMNS = [(column.table, column.name) for column in unsealed_rows.COLUMNS]


def stored(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {column} <> '' ORDER BY id")
        return [text for (text,) in cursor.fetchall()]


def response_with_text() -> Response:
    wave = make_wave(small_questionnaire())
    answers = {
        "I-R": chose("yes"),
        "KEYS": AnswerValue(options=("other",), texts=(("other", TEXT),)),
    }
    response = make_response(wave, make_organization("acme"), "engineer", answers, address="jo@acme.example")
    outbox.queue(emails.MAIL, {}, key="k", organization=response.invitation.organization, at=NOW, secret=TEXT)
    return response


def test_texts_and_addresses_are_sealed_in_every_column() -> None:
    response = response_with_text()
    assert given_by_item(response.answers.all())["KEYS"].texts == (("other", TEXT),)
    assert Invitation.objects.get().address == "jo@acme.example"
    assert Invitation.objects.get(address_digest=sealing.digest_of_address("JO@acme.example"))
    assert Job.objects.get(key="k").sealed == TEXT
    assert AnswerVersion.objects.get(item__code="KEYS").text == f"other: {TEXT}"
    stored_texts = [text for column in COLUMNS for text in stored(*column)]
    assert len(stored_texts) == 4
    assert all(text.startswith("sealed:1:") for text in stored_texts)


def test_saving_a_row_again_leaves_its_text_sealed_as_it_was() -> None:
    response_with_text()
    before = stored("surveys_invitation", "address")
    invitation = Invitation.objects.get()
    invitation.save()
    assert stored("surveys_invitation", "address") == before
    invitation.address = "other@acme.example"
    invitation.save()
    assert Invitation.objects.get().address == "other@acme.example"
    assert Invitation.objects.only("pk").get().address == "other@acme.example"


@pytest.mark.parametrize(
    "write",
    [
        lambda: Selection.objects.update(text="in clear"),
        lambda: Invitation.objects.filter(address="jo@acme.example").first(),
        lambda: Invitation.objects.bulk_update([Invitation.objects.get()], ["address"]),
    ],
)
def test_nothing_is_written_or_searched_in_clear_by_accident(write: Callable[[], object]) -> None:
    response_with_text()
    with pytest.raises(TypeError):
        write()


def test_the_upgrade_seals_plain_texts_and_can_be_repeated() -> None:
    """The rows are as the previous version wrote them; one of them holds words that look sealed."""
    response = response_with_text()
    lookalike = "sealed:1:0123456789abcdef:AAAA"
    plain = {table: TEXT for table, _ in COLUMNS} | {
        "surveys_invitation": "Jo@Acme.example",
        "surveys_answerversion": lookalike,
    }
    with connection.cursor() as cursor:
        for table, column in COLUMNS:
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {column} <> ''", [plain[table]])
        cursor.execute("UPDATE surveys_invitation SET address_digest = ''")
    assert unsealed_rows.seal_rows(unsealed_rows.KeyStore(SealingKey, LookupKey)) == {
        table: int(table != "surveys_answer") for table, _ in COLUMNS
    }
    assert all(unsealed_rows.key_id_of(text) for column in COLUMNS for text in stored(*column))
    assert Invitation.objects.get().address == "Jo@Acme.example"
    assert Invitation.objects.get().address_digest == sealing.digest_of_address("jo@acme.example")
    assert AnswerVersion.objects.get(item__code="KEYS").text == lookalike
    assert given_by_item(response.answers.all())["KEYS"].texts == (("other", TEXT),)
    before = [text for column in COLUMNS for text in stored(*column)]
    assert not any(unsealed_rows.seal_rows(unsealed_rows.KeyStore(SealingKey, LookupKey)).values())
    assert [text for column in COLUMNS for text in stored(*column)] == before


@pytest.fixture
def key_folder(settings: LazySettings, tmp_path: Path) -> Path:
    """Uses a separate installation key, and clears the cache of opened keys."""
    settings.INSTALLATION_KEY_FILE = tmp_path / "installation_key"
    sealing.clear_key_cache()
    return tmp_path


def test_a_rotated_key_opens_everything_and_the_old_one_nothing_new(key_folder: Path) -> None:
    sealed = sealing.seal(TEXT, make_organization("acme").pk)
    digest = sealing.digest_of_address("jo@acme.example")
    old = (key_folder / "installation_key").read_text()
    call_command("rotate_installation_key")
    assert len(installation_key.installation_keys()) == 2
    call_command("rotate_installation_key", finish=True)
    assert len(installation_key.installation_keys()) == 1
    sealing.clear_key_cache()
    assert sealing.unseal(sealed) == TEXT
    assert sealing.digest_of_address("jo@acme.example") == digest
    (key_folder / "installation_key").write_text(old)
    sealing.clear_key_cache()
    with pytest.raises(sealing.KeyMissing):
        sealing.unseal(sealed)


def test_a_key_comes_back_with_the_ring_and_a_destroyed_one_does_not(key_folder: Path) -> None:
    acme, initech = make_organization("acme"), make_organization("initech")
    erased_text, kept_text = sealing.seal(TEXT, acme.pk), sealing.seal(TEXT, initech.pk)
    digest = sealing.digest_of_address("jo@acme.example")
    sealing.destroy_key(acme.pk)
    call_command("key_ring", "write")
    assert (key_folder / "key_ring.json").stat().st_mode & 0o777 == 0o600
    SealingKey.objects.all().delete()
    LookupKey.objects.all().delete()
    sealing.clear_key_cache()
    newer = sealing.seal(TEXT, initech.pk)
    call_command("key_ring", "restore")
    assert sealing.unseal(kept_text) == sealing.unseal(newer) == TEXT
    assert sealing.digest_of_address("jo@acme.example") == digest
    with pytest.raises(sealing.KeyMissing):
        sealing.unseal(erased_text)


def respondent_with_text(wave: Wave, slug: str) -> tuple[Client, Response]:
    """Returns the client and response of a respondent who followed the link and then wrote words."""
    invitation, token = invitations.invite(
        make_organization(slug), wave=wave, role="engineer", address=f"jo@{slug}.example", at=NOW
    )
    client = Client()
    client.post(f"/s/{token}/")
    response = Response.objects.get(invitation=invitation)
    answers = {"I-R": chose("yes"), "KEYS": AnswerValue(options=("other",), texts=(("other", TEXT),))}
    record_answers(response, answers, at=NOW)
    RespondentSession.objects.filter(response=response).update(confirmed_at=NOW)
    return client, response


def test_a_lost_key_is_a_page_that_says_so_and_only_for_its_organisation(key_folder: Path) -> None:
    wave = make_wave(small_questionnaire())
    (acme, lost_response), (initech, kept_response) = (
        respondent_with_text(wave, slug) for slug in ("acme", "initech")
    )
    broken = f"sealed:1:{'0' * 16}:AA"
    SealingKey.objects.filter(organization__slug="acme").update(wrapped=broken)
    sealing.clear_key_cache()
    page = acme.get(reverse("surveys:section", args=[lost_response.public_id, "incidents"]))
    assert page.status_code == 503
    assert "key is missing" in page.content.decode()
    assert (
        TEXT
        in initech.get(
            reverse("surveys:section", args=[kept_response.public_id, "incidents"])
        ).content.decode()
    )
