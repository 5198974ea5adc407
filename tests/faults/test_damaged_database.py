"""Tests that a damaged database is reported as damaged: the message promises nothing about saves, and gives the
operator the next step."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.harness import options
from tests.faults.harness.installation import Template, make_template

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


@pytest.fixture(scope="module")
def prepared() -> Iterator[Template]:
    made = make_template(None, sessions=1)
    yield made
    made.remove()


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
def test_pages_and_commands_say_it(prepared: Template, damage: str) -> None:
    options.seeded("damage to the file")
    with prepared.copy() as installation:
        file = installation.var / "posture.sqlite3"
        installation.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        web = installation.web()
        web.start()
        web.stop()
        DAMAGES[damage](file)
        for beside in ("-wal", "-shm"):
            Path(f"{file}{beside}").unlink(missing_ok=True)
        web.start()
        said = [installation.get(path, Cookie="sessionid=abcdefghijklmnop") for path in PAGES]
        alive = installation.get("/healthz")
        assert alive.status_code == 200, (
            alive.text,
            (installation.var / "log").joinpath(f"web-{installation.port}.log").read_text()[-3000:],
        )
        assert installation.get("/readyz").status_code == 503
        for path, answer in zip(PAGES, said, strict=True):
            assert answer.status_code == 503, (path, answer.text[:300])
            assert "The database is damaged" in answer.text, path
            assert "is safe" not in answer.text, path
            assert {
                "content-security-policy",
                "x-content-type-options",
                "x-request-id",
            } <= answer.headers.keys(), path
        for command in ("backup", "retention", "erase", "doctor"):
            told = installation.command(command, *(["organization", "acme"] if command == "erase" else []))
            assert told.returncode != 0, command
            assert "Traceback" not in told.stderr + told.stdout, (command, told.stderr[-1500:])
            assert "damaged" in told.stderr + told.stdout, (command, told.stderr, told.stdout)
        assert not list((installation.var / "backups").glob("*"))
