"""Tests that the first admin signs in with a code that is read on the machine."""

import threading
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from posture.accounts import first_run
from posture.models import SetupCode
from surveys.models import AuditEntry, Limit
from tests.posture.accounts.people import PASSWORD
from tests.support.builders import NOW, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ADDRESS = "first@people.example"


def printed() -> str:
    out = StringIO()
    call_command("setup_code", stdout=out)
    return out.getvalue().split()[0]


def come_in(code: str, address: str = ADDRESS) -> Any:
    given = {"code": code, "address": address, "password": PASSWORD, "again": PASSWORD}
    return Client().post("/setup/", given)


def admins() -> list[str]:
    return list(get_user_model().objects.filter(is_superuser=True).values_list("email", flat=True))


def test_a_fresh_installation_has_nobody_and_one_code_lets_one_admin_in() -> None:
    assert not get_user_model().objects.exists()
    code = printed()
    assert len(code.replace("-", "")) == 32
    assert code.replace("-", "") not in str(SetupCode.objects.values())
    assert come_in("wrong").status_code == 200
    assert come_in(code.upper()).status_code == 302
    assert admins() == [ADDRESS]
    assert not SetupCode.objects.exists()
    assert come_in(code).status_code == 404
    assert Client().get("/setup/").status_code == 404
    with pytest.raises(CommandError, match="an admin already"):
        printed()
    assert "became the first admin" in AuditEntry.objects.values_list("action", flat=True)


def test_only_the_last_code_counts_and_not_for_long() -> None:
    first, second = printed(), printed()
    assert come_in(first).status_code == 200
    SetupCode.objects.update(expires_at=NOW - timedelta(seconds=1))
    assert come_in(second).status_code == 200
    assert admins() == []


def test_a_code_from_before_dies_when_an_admin_appears_otherwise() -> None:
    code = printed()
    make_user("other", is_superuser=True, is_staff=True)
    with pytest.raises(first_run.SetupRefused):
        first_run.create_first_admin(code, address=ADDRESS, password=PASSWORD, at=NOW)
    assert ADDRESS not in admins()


def test_codes_cannot_be_guessed() -> None:
    code = printed()
    for number in range(5):
        come_in(f"{number:032x}")
    assert "Too many attempts" in come_in(code).content.decode()
    Limit.objects.update(free_at=0)
    assert come_in(code).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_many_with_the_same_code_one_becomes_the_admin() -> None:
    code, outcomes = printed(), []

    def try_(number: int) -> None:
        try:
            address = f"{number}@people.example"
            first_run.create_first_admin(code, address=address, password=PASSWORD, at=NOW)
            outcomes.append("in")
        except first_run.SetupRefused:
            outcomes.append("out")
        connection.close()

    threads = [threading.Thread(target=try_, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", *["out"] * 5]
    assert len(admins()) == 1
