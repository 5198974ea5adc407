"""Settings of a SQLite that does not flush at each commit."""

from posture.settings import *  # noqa: F403
from posture.settings import DATABASES

OPTIONS = DATABASES["default"]["OPTIONS"]
OPTIONS["init_command"] = OPTIONS["init_command"].replace("synchronous=FULL", "synchronous=NORMAL")
