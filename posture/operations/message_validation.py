"""Validates messages from the broker: a worker accepts only the number of a job.

Only a relay writes into the queue, so any other message was forged or damaged. It is dropped and counted, and the
worker continues.
"""

import itertools
import json
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from celery.worker.consumer import Consumer
from kombu.message import Message
from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import DataError

log = logging.getLogger(__name__)

CARRY_OUT = "posture.tasks.carry_out"
MAX_JOB_NUMBER = 2**63
MAX_BODY_LENGTH = 1000
INVALID_MESSAGE_ERRORS = (ValueError, TypeError, LookupError, RecursionError, DataError)

_refused = itertools.count(1)


def count_refused() -> None:
    log.warning("Refused messages so far: %s.", next(_refused))


def is_job_message(message: Message) -> bool:
    """Returns whether the message is the one task with one number, without callbacks, chains or further arguments."""
    if message.content_type != "application/json" or message.headers.get("task") != CARRY_OUT:
        return False
    if len(message.body) > MAX_BODY_LENGTH:
        return False
    arguments, keywords, embedded = json.loads(message.body)
    (number,) = arguments
    is_number = isinstance(number, int) and not isinstance(number, bool) and 0 < number < MAX_JOB_NUMBER
    return is_number and not keywords and not any(embedded.values())


class JobConsumer(Consumer):
    def create_task_handler(self, *arguments: Any, **keywords: Any) -> Callable[[Message], None]:
        receive = super().create_task_handler(*arguments, **keywords)

        def on_task_received(message: Message) -> None:
            try:
                is_valid = is_job_message(message)
            except (AttributeError, *INVALID_MESSAGE_ERRORS):
                is_valid = False
            if is_valid:
                receive(message)
            else:
                message.ack_log_error(log, self.connection_errors)
                count_refused()

        return on_task_received


def drop_invalid(read: Callable[..., Any]) -> Callable[..., Any]:
    """Reads the next entry of the queue. Drops an entry that is not a message."""

    @wraps(read)
    def read_or_drop(**options: Any) -> Any:
        try:
            return read(**options)
        except INVALID_MESSAGE_ERRORS:
            count_refused()
            return True

    return read_or_drop


class Channel(redis.Channel):
    """Drops invalid entries, which would otherwise end the worker: while it listens, and at the last read when it
    closes."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.handlers["BRPOP"] = drop_invalid(self.handlers["BRPOP"])

    def close(self) -> None:
        try:
            super().close()
        except INVALID_MESSAGE_ERRORS:
            count_refused()
            super().close()


class Transport(redis.Transport):
    Channel = Channel


def register_transport() -> None:
    """Registers this transport for the URL schemes of REDIS_URL."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
