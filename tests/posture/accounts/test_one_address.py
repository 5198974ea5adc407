"""Tests that an address belongs to one person, and that rights are read when they are changed."""

import pytest
from django.contrib.auth import get_user_model

from posture.accounts import people as accounts
from surveys.database.row_locks import ConcurrentChange
from surveys.people.user_accounts import create_user
from tests.support.builders import NOW, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ADDRESS = "new@people.example"


def test_a_second_person_with_the_same_address_is_not_created() -> None:
    """Simulates two simultaneous invitations of the same address: the second look-up came before the first was
    done."""
    create_user(ADDRESS)
    with pytest.raises(ConcurrentChange):
        create_user("New@People.example")
    assert get_user_model().objects.filter(email__iexact=ADDRESS).count() == 1


def test_who_has_another_address_by_now_keeps_the_username() -> None:
    usernames = []
    for number in range(3):
        person = create_user(ADDRESS, is_verified=False)
        usernames.append(person.username)
        get_user_model().objects.filter(pk=person.pk).update(email=f"moved-{number}@people.example")
    assert usernames == [ADDRESS, f"2-{ADDRESS}", f"3-{ADDRESS}"]


def test_an_invitation_gives_no_rights_back_that_were_taken_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = make_user("admin", is_staff=True, is_superuser=True)
    other = make_user("other", is_staff=True, is_superuser=True)
    as_read_before = get_user_model().objects.get(pk=other.pk)
    accounts.change_rights(other, is_staff=False, is_superuser=False, by=admin, at=NOW)
    monkeypatch.setattr(accounts, "user_with_address", lambda address: as_read_before)
    accounts.invite_person(other.email, is_admin=False, by=admin, at=NOW)
    other.refresh_from_db()
    assert other.is_staff
    assert not other.is_superuser
