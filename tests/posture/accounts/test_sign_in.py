"""Tests signing in: few attempts, no hint whether an account exists, and no redirect to another site."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.signals import user_logged_in
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from surveys.models import AuditEntry, Limit
from surveys.rate_limits import limits
from tests.posture.accounts.people import PASSWORD, is_in, sent, sign_in, with_password
from tests.support.builders import make_user
from tests.support.response_comparison import content_without_random_values

TRIES, CONCURRENT = 5, 200
ELSEWHERE = "evil.example"
# Addresses that have misled browsers. None of them may leave the own site.
REDIRECTS = (
    f"https://{ELSEWHERE}/", f"http://{ELSEWHERE}", f"//{ELSEWHERE}", f"///{ELSEWHERE}", f"////{ELSEWHERE}/x",
    f"/\\{ELSEWHERE}", f"\\/{ELSEWHERE}", f"\\\\{ELSEWHERE}", f"/\t/{ELSEWHERE}", f"/\n/{ELSEWHERE}",
    f"/\r/{ELSEWHERE}", f"\t//{ELSEWHERE}", f" //{ELSEWHERE}", f"\x00//{ELSEWHERE}", f"/%09/{ELSEWHERE}",
    f"/%0a/{ELSEWHERE}", f"/%0d%0aLocation:%20https://{ELSEWHERE}", f"/\r\nLocation: https://{ELSEWHERE}",
    f"/%2f{ELSEWHERE}", f"/%2f%2f{ELSEWHERE}", f"%2f%2f{ELSEWHERE}", f"/%5c{ELSEWHERE}", f"/.{ELSEWHERE}",
    f"https:{ELSEWHERE}", f"https:/{ELSEWHERE}", f"https:///{ELSEWHERE}", f"http:\\\\{ELSEWHERE}",
    f"https://testserver@{ELSEWHERE}/", f"https://testserver:pass@{ELSEWHERE}", f"//testserver@{ELSEWHERE}",
    f"//{ELSEWHERE}@testserver@{ELSEWHERE}", f"https://{ELSEWHERE}#testserver", f"https://{ELSEWHERE}?testserver",
    f"https://{ELSEWHERE}\\@testserver", f"https://testserver.{ELSEWHERE}", f"//testserver.{ELSEWHERE}/",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x",
    f"ftp://{ELSEWHERE}", f"file://{ELSEWHERE}", f"blob:https://{ELSEWHERE}", "mailto:x@evil.example",
    "//еvil.example", "//xn--vil-8cd.example", "https://evil。example", "//evil%E3%80%82example", "//[::1]/",
    "//0x7f000001/", "//2130706433", f"//{ELSEWHERE}:443", f"//{ELSEWHERE}%00.testserver", "http:evil.example",
    f"/;//{ELSEWHERE}/../..\\{ELSEWHERE}", f"//{'a' * 300}.{ELSEWHERE}", f"https://{ELSEWHERE}/{'a' * 5000}",
    f"\u2028//{ELSEWHERE}", f"/\u00a0/{ELSEWHERE}\\", f"?next=//{ELSEWHERE}", f"@{ELSEWHERE}",
)  # fmt: skip


@pytest.fixture
def jo() -> Any:
    return with_password(make_user("jo"))


def post(address: str, password: str, client: Client | None = None, **headers: Any) -> Any:
    return (client or Client()).post("/account/login/", {"login": address, "password": password}, **headers)


def body(answer: Any, address: str) -> str:
    """Returns the page without typed text and without the token of the form."""
    return content_without_random_values(answer).decode().replace(address, "ADDRESS")


@pytest.mark.django_db
@pytest.mark.database
def test_a_wrong_password_and_an_unknown_address_look_the_same(jo: Any) -> None:
    suspended = with_password(make_user("sus", is_active=False))
    for password in ("wrong", PASSWORD):
        known = jo.email if password == "wrong" else suspended.email
        for first, second in ((known, "no@people.example"),):
            answers = [post(first, password), post(second, password)]
            assert [answer.status_code for answer in answers] == [200, 200]
            assert body(answers[0], first) == body(answers[1], second)
    assert list(AuditEntry.objects.values_list("action", "actor")) == [
        ("failed to sign in", f"person {jo.pk}"),
        ("failed to sign in", f"person {suspended.pk}"),
    ]


@pytest.mark.django_db
@pytest.mark.database
def test_asking_for_a_new_password_says_the_same_to_everybody(jo: Any) -> None:
    answers = [Client().post("/account/password/reset/", {"email": address}, follow=True)
               for address in (jo.email, "nobody@people.example")]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 200]
    assert body(answers[0], jo.email) == body(answers[1], "nobody@people.example")
    assert [message.to for message in sent()] == [[jo.email]]
    for _ in range(10):
        Client().post("/account/password/reset/", {"email": jo.email})
    assert len(sent()) == 2, "three mails in a quarter of an hour, whoever asks"


@pytest.mark.django_db
@pytest.mark.database
def test_asking_for_a_new_password_asks_the_database_the_same_for_everybody(jo: Any) -> None:
    """So that the response time does not reveal whether an account exists: the worker looks it up after the
    response."""
    asked = []
    for address in ("first@people.example", jo.email, "nobody@people.example"):
        with CaptureQueriesContext(connection) as queries:
            Client().post("/account/password/reset/", {"email": address})
        asked.append([re.sub(r"'[^']*'|\b\d+\b|\bs\d+_x\d+\b", "?", query["sql"]) for query in queries])
    assert asked[1] == asked[2]
    assert not any("auth_user" in statement for statement in asked[1])


@pytest.mark.django_db
@pytest.mark.database
def test_knowing_takes_as_long_as_not_knowing(jo: Any) -> None:
    def seconds(address: str) -> float:
        taken = []
        for _ in range(3):
            Limit.objects.all().delete()
            started = time.perf_counter()
            post(address, "wrong")
            taken.append(time.perf_counter() - started)
        return min(taken)

    assert 0.4 < seconds(jo.email) / seconds("nobody@people.example") < 2.5


def storm(address: str, hashed: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sends attempts at once, each with another X-Forwarded-For, through the whole application without password
    hashing."""

    def check(_: Any, password: str) -> bool:
        hashed()
        return password == PASSWORD

    monkeypatch.setattr("django.contrib.auth.models.User.check_password", check)
    statuses: list[int] = []
    begin = threading.Barrier(20)

    def several(number: int) -> None:
        begin.wait()
        for try_ in range(CONCURRENT // 20):
            forwarded = f"198.51.100.{number * 10 + try_}"
            statuses.append(post(address, "wrong", HTTP_X_FORWARDED_FOR=forwarded).status_code)
        connection.close()

    threads = [threading.Thread(target=several, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_two_hundred_tries_at_once_are_few_tries(jo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit needs only the database; the client's own statement of its address changes nothing."""
    looked_at: list[int] = []
    statuses = storm(jo.email, lambda: looked_at.append(1), monkeypatch)
    assert len(statuses) == CONCURRENT
    assert len(looked_at) <= TRIES + 2
    assert statuses.count(429) == CONCURRENT - len(looked_at)
    refused = post(jo.email, PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 120
    Limit.objects.update(free_at=0)  # as if the pause were over
    assert is_in(sign_in(jo)), "nobody is shut out for good"


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_the_storm_finds_a_counter_that_reads_before_it_writes(
    jo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the common way, reading before writing, lets many attempts through."""
    counted: dict[str, int] = {}

    def allow(name: str, who: object, *, rate: Any, at: Any) -> limits.LimitDecision:
        seen = counted.get(f"{name}:{who}", 0)
        time.sleep(0.02)
        counted[f"{name}:{who}"] = seen + 1
        return limits.LimitDecision() if seen < TRIES else limits.LimitDecision(60)

    monkeypatch.setattr("posture.accounts.adapter.limits.allow", allow)
    looked_at: list[int] = []
    storm(jo.email, lambda: looked_at.append(1), monkeypatch)
    assert len(looked_at) > TRIES + 2


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.database
def test_one_address_may_try_few_accounts() -> None:
    answers = [post(f"nobody{number}@people.example", "") for number in range(3)]
    assert {answer.status_code for answer in answers} == {200}, "an empty password is not a try"
    counted = [post(f"nobody{number}@people.example", "x").status_code for number in range(33)]
    assert counted.count(429) >= 2


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("payload", REDIRECTS)
def test_nobody_is_led_elsewhere(jo: Any, payload: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.contrib.auth.models.User.check_password", lambda *_: True)
    client = Client()
    client.get("/account/login/", {"next": payload})
    answers = [client.post("/account/login/", {"login": jo.email, "password": "x", "next": payload})]
    for path in ("/account/login/", "/account/confirm/"):
        answers.append(client.get(path, {"next": payload}))
    answers.append(client.post("/account/confirm/", {"password": "x", "next": payload}))
    changed = {"oldpassword": "x", "password1": PASSWORD, "password2": PASSWORD, "next": payload}
    answers.append(client.post("/account/password/", changed))
    answers.append(client.post("/account/logout/", {"next": payload}))
    answers.append(client.post("/account/password/reset/", {"email": "x@people.example", "next": payload}))
    followed = [answer["Location"] for answer in answers if answer.status_code == 302]
    assert len(followed) >= 4
    for location in followed:
        assert location.startswith("/"), location
        assert location[1:2] not in ("/", "\\"), location
        assert location.isprintable(), location


def test_sixty_ways_are_tried() -> None:
    assert len(set(REDIRECTS)) >= 60


@pytest.mark.django_db
@pytest.mark.database
def test_a_second_sign_in_leaves_the_session_of_the_first_on_the_list(jo: Any) -> None:
    """A sign-in removes rows of ended sessions. Here that happens before the response of the first sign-in is sent."""

    def sign_in_elsewhere(user: Any, **_: Any) -> None:
        UserSession.objects.purge_and_list(user)

    user_logged_in.connect(sign_in_elsewhere)
    try:
        client = sign_in(jo)
    finally:
        user_logged_in.disconnect(sign_in_elsewhere)
    assert is_in(client)
    assert UserSession.objects.filter(user=jo).count() == 1
