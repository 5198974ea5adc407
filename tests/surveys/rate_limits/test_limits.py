"""Tests rate limits: rates, growing pauses, slots, and the client address of a request."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from posture.accounts.tokens import create_token
from surveys.models import Limit
from surveys.rate_limits import limits
from surveys.rate_limits.client_address import client_address, client_network
from surveys.rate_limits.limits import BackoffRate, Rate
from tests.support.builders import make_organization, make_user, make_wave

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def count_allowed(rate: Rate | BackoffRate, number: int, *, at: datetime, caller: str = "somebody") -> int:
    return sum(bool(limits.allow("test", caller, rate=rate, at=at)) for _ in range(number))


@pytest.mark.database
@pytest.mark.django_db
class TestRates:
    def test_an_even_rate_with_a_burst(self) -> None:
        rate = Rate(5, 1, burst=20)
        assert count_allowed(rate, 30, at=NOW) == 20
        assert count_allowed(rate, 30, at=after(1)) == 5
        assert count_allowed(rate, 30, at=after(100)) == 20

    @pytest.mark.parametrize(
        "rate", [Rate(5, 1), Rate(5, 1, per_process=Rate(5, 1)), BackoffRate(2, 60, first=15, longest=120)]
    )
    def test_a_clock_that_was_set_back_shuts_nobody_out(self, rate: Rate | BackoffRate) -> None:
        assert count_allowed(rate, 30, at=after(86_400), caller=f"{rate}")
        assert count_allowed(rate, 30, at=NOW, caller=f"{rate}")

    def test_clocks_of_two_machines_may_differ_without_loosening_a_limit(self) -> None:
        assert count_allowed(Rate(20, 60), 30, at=after(120)) == 20
        assert count_allowed(Rate(20, 60), 30, at=NOW) == 0

    def test_a_refusal_says_when_to_come_back(self) -> None:
        rate = Rate(3, 60)
        assert count_allowed(rate, 3, at=NOW) == 3
        refusal = limits.allow("test", "somebody", rate=rate, at=NOW)
        assert (bool(refusal), refusal.retry_after) == (False, 20)
        assert limits.allow("test", "somebody", rate=rate, at=after(20))

    def test_others_have_their_own_count(self) -> None:
        assert count_allowed(Rate(1, 60), 2, at=NOW) == 1
        assert count_allowed(Rate(1, 60), 2, at=NOW, caller="somebody else") == 1

    def test_pauses_grow_and_end(self) -> None:
        rate = BackoffRate(5, 900, first=2, longest=60)
        assert count_allowed(rate, 10, at=NOW) == 5
        clock, waits = NOW, []
        for _ in range(8):
            wait = limits.allow("test", "somebody", rate=rate, at=clock).retry_after
            waits.append(wait)
            clock += timedelta(seconds=wait)
            assert limits.allow("test", "somebody", rate=rate, at=clock)
        assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
        assert count_allowed(rate, 10, at=clock + timedelta(seconds=901)) == 5

    def test_a_reset_counter_starts_again(self) -> None:
        rate = BackoffRate(2, 900, first=60, longest=60)
        assert count_allowed(rate, 3, at=NOW) == 2
        limits.reset("test", "somebody")
        assert count_allowed(rate, 3, at=NOW) == 2

    def test_places_are_given_back(self) -> None:
        def enter() -> limits.LimitDecision:
            with limits.concurrent_slot("export", 1, slots=2, seconds=60, at=NOW) as decision:
                return decision

        with (
            limits.concurrent_slot("export", 1, slots=2, seconds=60, at=NOW) as first,
            limits.concurrent_slot("export", 1, slots=2, seconds=60, at=NOW) as second,
        ):
            assert first
            assert second
            assert not enter()
        assert enter()

    def test_stale_counters_are_removed(self) -> None:
        count_allowed(Rate(5, 60), 1, at=NOW)
        assert limits.remove_stale(at=after(30)) == 0
        assert limits.remove_stale(at=after(3600)) == 1

    def test_counters_contain_no_address(self) -> None:
        count_allowed(Rate(5, 60), 1, at=NOW, caller="192.0.2.7")
        (row,) = Limit.objects.values()
        assert "192.0.2.7" not in str(row)

    def test_a_process_alone_asks_the_database_only_above_its_share(
        self, django_assert_num_queries: Callable
    ) -> None:
        rate = Rate(5, 1, burst=20, per_process=Rate(1, 1, burst=10))
        caller = secrets.token_hex()
        with django_assert_num_queries(0):
            assert count_allowed(rate, 10, at=NOW, caller=caller) == 10
        assert count_allowed(rate, 30, at=NOW, caller=caller) == 20


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rate", [Rate(10, 900), BackoffRate(10, 900, first=60, longest=60)])
def test_two_hundred_tries_at_once(rate: Rate | BackoffRate) -> None:
    def once(_: int) -> bool:
        try:
            return bool(limits.allow("test", "somebody", rate=rate, at=NOW))
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as pool:
        assert sum(pool.map(once, range(200))) == 10


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_counting_apart_from_writing_lets_more_through() -> None:
    """The negative control: read, decide, write, as is common."""

    def once(_: int) -> bool:
        try:
            row = Limit.objects.filter(key="naive").first()
            counted = row.tries if row else 0
            if counted >= 10:
                return False
            values = {"name": "naive", "free_at": 0, "tries": counted + 1, "stale_at": NOW}
            Limit.objects.update_or_create(key="naive", defaults=values)
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as pool:
        assert sum(pool.map(once, range(200))) > 10


@pytest.mark.database
@pytest.mark.django_db
def test_invitations_of_an_organization_have_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveys.views.studio.INVITATIONS", Rate(2, 3600))
    wave, organization, client = make_wave(), make_organization(), Client()
    client.force_login(make_user("analyst", is_staff=True))
    form = {"organization": organization.pk, "role": "engineer", "address": "engineer@people.example"}
    responses = [client.post(f"/studio/waves/{wave.slug}/invitations/", form) for _ in range(3)]
    assert [answer.status_code for answer in responses] == [302, 302, 429]
    assert responses[2].headers["Retry-After"] == "1800"


@pytest.mark.database
@pytest.mark.django_db
def test_places_are_given_back() -> None:
    def enter(depth: int) -> list[bool]:
        with limits.concurrent_slot("test", "somebody", slots=2, seconds=60, at=timezone.now()) as decision:
            return [bool(decision), *(enter(depth - 1) if depth else [])]

    assert enter(2) == [True, True, False]
    assert enter(1) == [True, True]


@pytest.mark.database
@pytest.mark.django_db
def test_a_token_has_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posture.api.authentication.RATE", Rate(2, 60))
    now = timezone.now()
    _, text = create_token(
        make_user("reads", is_staff=True), name="test", expires_at=now + timedelta(days=1), at=now
    )
    headers = {"authorization": f"Bearer {text}"}
    assert [Client().get("/api/v1/releases/", headers=headers).status_code for _ in range(3)] == [
        200,
        200,
        429,
    ]


ADDRESSES = [
    # The number of proxies, X-Forwarded-For, and the address that counts.
    (0, "203.0.113.9", "192.0.2.1"),
    (0, "", "192.0.2.1"),
    (1, "203.0.113.9", "203.0.113.9"),
    (1, "198.51.100.66, 203.0.113.9", "203.0.113.9"),
    (2, "198.51.100.66, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
    (2, "203.0.113.9", "192.0.2.1"),
    (1, "198.51.100.66, not an address", "192.0.2.1"),
    (1, "203.0.113.9:51234", "203.0.113.9"),
    (1, "[2001:db8::1]:443", "2001:db8::1"),
    (1, "::ffff:203.0.113.9", "203.0.113.9"),
    (1, "1," * 40_000 + "203.0.113.9", "203.0.113.9"),
]


@pytest.mark.parametrize(("proxies", "header", "expected"), ADDRESSES)
def test_an_address_is_what_trusted_proxies_saw(proxies: int, header: str, expected: str) -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": header}, REMOTE_ADDR="192.0.2.1")
    with override_settings(TRUSTED_PROXIES=proxies):
        assert client_address(request) == expected


def test_a_customer_of_ipv6_counts_once() -> None:
    networks = {
        client_network(RequestFactory().get("/", REMOTE_ADDR=address))
        for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::1")
    }
    assert networks == {"2001:db8::/64"}
