"""Hands due jobs to the broker until it is told to stop. Run one or several beside the workers."""

import signal
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from posture.operations.relay import Relay


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        relay = Relay()

        def stop(_: int, __: FrameType | None) -> None:
            relay.stopping.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        if settings.EMBEDDED:
            (settings.VAR / "relay.ready").touch()
        relay.run()
