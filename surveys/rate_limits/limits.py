"""Rate limits, counted in the database, so that they hold for all processes and without a broker.

Each attempt is one statement: two hundred concurrent attempts are counted as two hundred.

    verdict = limits.allow("login", address, rate=LOGIN_OF_ADDRESS, at=now)
    if not verdict: ... verdict.retry_after

Call it outside of transactions: a rollback would undo the count, and other attempts would wait for the lock of the
row.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.crypto import salted_hmac

from surveys.models import Limit

MICROSECONDS = 1_000_000
MAX_DOUBLINGS = 20
MAX_LOCAL_COUNTERS = 10_000


@dataclass(frozen=True)
class Rate:
    """`count` attempts in `seconds`, evenly spaced; after a pause up to `burst` at once. `burst` is `count` unless
    given.

    `alone` is a rate that each process allows by itself, without the database. With n processes, up to n times that
    rate is allowed in addition. It is meant for frequent and cheap requests, such as saving an answer.
    """

    count: int
    seconds: int
    burst: int = 0
    per_process: "Rate | None" = None

    @property
    def pause(self) -> int:
        """Returns the time between two attempts, in microseconds."""
        return self.seconds * MICROSECONDS // self.count

    @property
    def burst_allowance(self) -> int:
        """Returns how far ahead of the even pace an attempt may be, in microseconds."""
        return ((self.burst or self.count) - 1) * self.pause


@dataclass(frozen=True)
class BackoffRate:
    """`count` attempts are free; each further one doubles the wait, from `first` to `longest` seconds.

    After `seconds` without an attempt the count is forgotten, so that no caller is locked out permanently.
    """

    count: int
    seconds: int
    first: int
    longest: int


@dataclass(frozen=True)
class LimitDecision:
    """The result of an attempt, true if it is allowed. `retry_after` is in whole seconds."""

    retry_after: int = 0

    def __bool__(self) -> bool:
        return self.retry_after == 0


class RateLimitExceeded(Exception):
    """The rate is exceeded. An uncaught error becomes a page with status 429, or JSON for API clients."""

    def __init__(self, name: str, retry_after: int) -> None:
        super().__init__(f"{name}: again in {retry_after} s")
        self.name, self.retry_after = name, retry_after


# The clocks of machines may differ by this much. A time further ahead than any limit can set was written by a clock
# that has been set back since, and is ignored.
MAX_CLOCK_SKEW = 600 * MICROSECONDS
# The statement returns a row if the attempt was allowed; otherwise it changes and returns nothing.
EVEN_RATE_STATEMENT = """
    INSERT INTO surveys_limit (key, name, free_at, tries, stale_at)
    VALUES (%(key)s, %(name)s, %(now)s + %(pause)s, 1, %(stale_at)s)
    ON CONFLICT (key) DO UPDATE SET
        free_at = %(pause)s + CASE
            WHEN surveys_limit.free_at BETWEEN %(now)s AND %(furthest)s THEN surveys_limit.free_at
            ELSE %(now)s
        END,
        tries = 1,
        stale_at = excluded.stale_at
    WHERE surveys_limit.free_at <= %(now)s + %(room)s OR surveys_limit.free_at > %(furthest)s
    RETURNING tries
"""
BACKOFF_STATEMENT = """
    INSERT INTO surveys_limit (key, name, free_at, tries, stale_at)
    VALUES (%(key)s, %(name)s, %(now)s, 1, %(stale_at)s)
    ON CONFLICT (key) DO UPDATE SET
        tries = CASE WHEN surveys_limit.stale_at <= %(at)s THEN 1 ELSE surveys_limit.tries + 1 END,
        free_at = %(now)s + CASE
            WHEN surveys_limit.stale_at <= %(at)s OR surveys_limit.tries + 1 < %(count)s THEN 0
            WHEN surveys_limit.tries + 1 - %(count)s >= %(doublings)s THEN %(longest)s
            ELSE %(first)s * (1 << (surveys_limit.tries + 1 - %(count)s))
        END,
        stale_at = excluded.stale_at
    WHERE surveys_limit.free_at <= %(now)s OR surveys_limit.stale_at <= %(at)s OR surveys_limit.free_at > %(furthest)s
    RETURNING tries
"""


def allow(name: str, caller: object, *, rate: Rate | BackoffRate, at: datetime) -> LimitDecision:
    """Counts an attempt of `caller` and returns whether it is allowed. A refused attempt is not counted."""
    if (
        isinstance(rate, Rate)
        and rate.per_process
        and _local_counters.take(_key(name, caller), rate.per_process, _microseconds(at))
    ):
        return LimitDecision()
    key, now = _key(name, caller), _microseconds(at)
    if isinstance(rate, Rate):
        rate_parameters = {
            "pause": rate.pause,
            "room": rate.burst_allowance,
            "furthest": now + rate.burst_allowance + rate.pause + MAX_CLOCK_SKEW,
        }
        statement, lifetime = EVEN_RATE_STATEMENT, rate.seconds + rate.burst_allowance // MICROSECONDS
    else:
        rate_parameters = {
            "count": rate.count,
            "first": rate.first * MICROSECONDS,
            "longest": rate.longest * MICROSECONDS,
        }
        rate_parameters |= {
            "doublings": _doublings(rate),
            "furthest": now + rate.longest * MICROSECONDS + MAX_CLOCK_SKEW,
        }
        statement, lifetime = BACKOFF_STATEMENT, max(rate.seconds, rate.longest)
    stale_at = _stored_time(at + timedelta(seconds=lifetime))
    parameters: dict[str, Any] = {
        "key": key,
        "name": name,
        "now": now,
        "at": _stored_time(at),
        "stale_at": stale_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | rate_parameters)
        if cursor.fetchall():
            return LimitDecision()
    return LimitDecision(_retry_after(key, now, rate))


def enforce(name: str, caller: object, *, rate: Rate | BackoffRate, at: datetime) -> None:
    """Counts an attempt. Raises RateLimitExceeded if it is not allowed."""
    verdict = allow(name, caller, rate=rate, at=at)
    if not verdict:
        raise RateLimitExceeded(name, verdict.retry_after)


def reset(name: str, caller: object) -> None:
    """Deletes a counter, for example after a successful login."""
    Limit.objects.filter(key=_key(name, caller)).delete()


@contextmanager
def concurrent_slot(
    name: str, caller: object, *, slots: int, seconds: int, at: datetime
) -> Iterator[LimitDecision]:
    """Holds one of `slots` concurrent places. A place that was not released is free again after `seconds`."""
    verdict = LimitDecision(seconds)
    for number in range(slots):
        verdict = allow(name, f"{caller}#{number}", rate=Rate(1, seconds), at=at)
        if verdict:
            try:
                yield verdict
            finally:
                reset(name, f"{caller}#{number}")
            return
    yield verdict


def remove_stale(*, at: datetime) -> int:
    """Removes expired counters, for the nightly retention. Returns their number."""
    return Limit.objects.filter(stale_at__lte=at).delete()[0]


def _retry_after(key: str, now: int, rate: Rate | BackoffRate) -> int:
    free_at = Limit.objects.filter(key=key).values_list("free_at", flat=True).first() or now
    burst_allowance = rate.burst_allowance if isinstance(rate, Rate) else 0
    return max(1, -((now + burst_allowance - free_at) // MICROSECONDS))


def _doublings(rate: BackoffRate) -> int:
    return next((n for n in range(MAX_DOUBLINGS) if rate.first << n >= rate.longest), MAX_DOUBLINGS)


def _key(name: str, caller: object) -> str:
    return salted_hmac("surveys.rate_limits.limits", f"{name}:{caller}", algorithm="sha256").hexdigest()


def _microseconds(at: datetime) -> int:
    return int(at.timestamp() * MICROSECONDS)


def _stored_time(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at.astimezone(UTC))


class _LocalCounters:
    """The attempts that this process allows by itself.

    The counter that was unused for the longest time is dropped first, and a dropped counter starts full. So the
    number of counters is far above the number of people who save at the same time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free_at: OrderedDict[str, int] = OrderedDict()

    def take(self, key: str, rate: Rate, now: int) -> bool:
        with self._lock:
            free_at = self._free_at.pop(key, now)
            if free_at > now + rate.burst_allowance + rate.pause + MAX_CLOCK_SKEW:
                free_at = now
            is_allowed = free_at <= now + rate.burst_allowance
            self._free_at[key] = max(free_at, now) + rate.pause if is_allowed else free_at
            if len(self._free_at) > MAX_LOCAL_COUNTERS:
                self._free_at.popitem(last=False)
        return is_allowed


_local_counters = _LocalCounters()
