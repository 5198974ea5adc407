"""Settings of a server that acknowledges before it has committed."""

from posture.settings import *  # noqa: F403
from posture.settings import MIDDLEWARE

MIDDLEWARE = ["tests.faults.controls.planted.servers.acknowledges_before_committing", *MIDDLEWARE]
