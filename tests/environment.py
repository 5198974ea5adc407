"""A pytest plugin that is loaded before the settings, so that tests never touch the installation they run in."""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

# A worker inherits the environment of the process that starts it, and shares its folder and its key.
is_worker = "PYTEST_XDIST_WORKER" in os.environ
var = tempfile.mkdtemp(prefix="posture-tests-")
shared_folder = Path(os.environ["POSTURE_VAR"] if is_worker else var)
(Path(var) / "static").mkdir()
atexit.register(shutil.rmtree, var, ignore_errors=True)
os.environ.update(
    POSTURE_EMBEDDED="1",
    SAVES_PER_SECOND="1000",
    POSTURE_VAR=var,
    SECRET_KEY=os.environ["SECRET_KEY"] if is_worker else secrets.token_urlsafe(64),
    BASE_URL="http://testserver",
    DJANGO_ALLOW_ASYNC_UNSAFE="true",  # Playwright keeps an event loop in the thread of the test
    REDIS_URL=os.environ.get("TEST_REDIS_URL", f"redis+socket://{var}/broker.sock"),
)
