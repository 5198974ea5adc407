"""Settings of a server that does not recognise a repeated save."""

from posture.settings import *  # noqa: F403
from posture.settings import MIDDLEWARE

MIDDLEWARE = ["tests.faults.controls.planted.servers.forgets_keys", *MIDDLEWARE]
