"""A server that does not know a repetition when it sees one."""

from posture.settings import *  # noqa: F403
from posture.settings import MIDDLEWARE

MIDDLEWARE = ["tests.faults.controls.planted.servers.forgets_keys", *MIDDLEWARE]
