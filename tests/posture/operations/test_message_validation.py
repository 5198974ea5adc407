"""Tests how a worker handles queue entries that are no messages, where kombu raises."""

import pytest
from kombu.transport import redis
from kombu.utils.json import loads

from posture.operations.message_validation import Channel


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    """A channel without a connection. Each read finds an entry that is no JSON."""

    def without_connection(self: redis.Channel) -> None:
        self.handlers = {"BRPOP": lambda **options: loads("{"), "LISTEN": lambda: None}

    monkeypatch.setattr(redis.Channel, "__init__", without_connection)
    return Channel()


def test_an_entry_that_is_no_message_is_dropped(channel: Channel) -> None:
    assert channel.handlers["BRPOP"]() is True


def test_an_entry_that_is_no_message_does_not_keep_the_channel_open(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kombu reads the requested message before it closes; the second time there is nothing to read."""
    entries, closed = ["{"], []

    def close(self: redis.Channel) -> None:
        if entries:
            loads(entries.pop())
        closed.append(self)

    monkeypatch.setattr(redis.Channel, "close", close)
    channel.close()
    assert closed == [channel]
