"""Tests that a damaged database is reported as damaged: the message promises nothing about saves, and gives the
operator the next step."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness import options
from tests.faults.harness.installation import Template

pytestmark = pytest.mark.long

PAGES = (
    "/",
    "/releases/",
    "/benchmarks/",
    "/account/login/",
    "/api/v1/releases/",
    "/organizations/acme/people/",
)
HEADER_BYTES, PAGE_BYTES = 100, 4096


def overwrite(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xaa" * length)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "the beginning": lambda path: overwrite(path, 0, HEADER_BYTES),
    "all other pages": lambda path: overwrite(path, PAGE_BYTES, path.stat().st_size - PAGE_BYTES),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[: 3 * PAGE_BYTES]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_pages_and_commands_report_the_damage(sqlite_template: Template, damage: str) -> None:
    options.seeded_random("damage to the file")
    with sqlite_template.copy() as installation:
        file = installation.var / "posture.sqlite3"
        installation.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        web = installation.web()
        web.start()
        web.stop()
        DAMAGES[damage](file)
        for suffix in ("-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        web.start()
        responses = [installation.get(path, Cookie="sessionid=abcdefghijklmnop") for path in PAGES]
        health = installation.get("/healthz")
        assert health.status_code == 200, (
            health.text,
            (installation.var / "log").joinpath(f"web-{installation.port}.log").read_text()[-3000:],
        )
        assert installation.get("/readyz").status_code == 503
        for path, response in zip(PAGES, responses, strict=True):
            assert response.status_code == 503, (path, response.text[:300])
            assert "The database is damaged" in response.text, path
            assert "is safe" not in response.text, path
            assert {
                "content-security-policy",
                "x-content-type-options",
                "x-request-id",
            } <= response.headers.keys(), path
        for command in ("backup", "retention", "erase", "doctor"):
            completed = installation.command(
                command, *(["organization", "acme"] if command == "erase" else [])
            )
            assert completed.returncode != 0, command
            assert "Traceback" not in completed.stderr + completed.stdout, (command, completed.stderr[-1500:])
            assert "damaged" in completed.stderr + completed.stdout, (
                command,
                completed.stderr,
                completed.stdout,
            )
        assert not list((installation.var / "backups").glob("*"))
