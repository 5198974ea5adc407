"""Settings with shorter pauses, and mail to a server of the test. Only the tests of faults load them."""

import os

from tests.faults.controls.planted_settings import *  # noqa: F403

OUTBOX_LEASE_SECONDS = 3
OUTBOX_UNHEARD_SECONDS = 5
OUTBOX_PAUSES = (0.3, 0.5, 0.8, 1.2)
OUTBOX_GRACE_SECONDS = 1
if "SINK_PORT" in os.environ:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = "127.0.0.1", int(os.environ["SINK_PORT"]), False
