"""Runs pytest against a real PostgreSQL from a wheel: `python -m tests.on_postgresql -m database`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.postgresql_cluster import Cluster

# Not a superuser, so that row-level security applies to every test.
OWNER = "posture_owner"


@contextmanager
def postgresql() -> Iterator[str]:
    """Yields the DATABASE_URL of a new cluster, which is stopped and removed at the end."""
    with Cluster(durable=False) as cluster:
        cluster.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS")
        cluster.execute(f"ALTER DATABASE postgres OWNER TO {OWNER}")
        cluster.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}")
        yield cluster.url().replace("://posture@", f"://{OWNER}@")


def main(arguments: list[str]) -> int:
    with postgresql() as url:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], env={**os.environ, "DATABASE_URL": url}
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
