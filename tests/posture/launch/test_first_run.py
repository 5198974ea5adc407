"""Tests a new installation with only its address configured: its protections exist from the first start on."""

import os
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from posture.launch.places import ROOT
from posture.launch.processes import web_answers
from tests.support.processes import free_port

pytestmark = pytest.mark.long

KEPT = ("PATH", "LANG", "PYTHONDONTWRITEBYTECODE")
ADDRESS = {"BASE_URL": "https://posture.example"}


def environment(var: Path, **told: str) -> dict[str, str]:
    return (
        {name: value for name, value in os.environ.items() if name in KEPT} | {"POSTURE_VAR": str(var)} | told
    )


def manage(var: Path, *arguments: str, **told: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(var, **told),
        capture_output=True,
        text=True,
    )


@contextmanager
def served(var: Path) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "posture.web_server", f"--listen={address}"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(var, **ADDRESS), stderr=subprocess.DEVNULL
    ) as server:
        try:
            deadline = time.monotonic() + 60
            while not web_answers(f"http://{address}/healthz", host="posture.example"):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield address
        finally:
            server.kill()


def status(address: str, path: str, *, host: str) -> tuple[int, str]:
    request = urllib.request.Request(f"http://{address}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(scope="module")
def installations(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    made = [tmp_path_factory.mktemp("installation") / "var" for _ in range(2)]
    for var in made:
        for command in (("migrate", "-v0"), ("collectstatic", "--no-input", "-v0")):
            done = manage(var, *command, **ADDRESS)
            assert done.returncode == 0, done.stderr
    return made


def test_each_has_a_key_of_its_own(installations: list[Path]) -> None:
    keys = {(var / "secret_key").read_text().strip() for var in installations}
    assert len(keys) == 2
    assert all(len(key) >= 50 for key in keys)


def test_what_is_written_is_for_its_owner_only(installations: list[Path]) -> None:
    """Style sheets and scripts are readable for everybody, inside a folder that is not."""
    for var in installations:
        public = var / "static"
        for path in (var, *(path for path in var.rglob("*") if not path.is_relative_to(public))):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_nothing_works_without_an_address(tmp_path: Path) -> None:
    done = manage(tmp_path / "var", "migrate")
    assert done.returncode != 0
    assert "BASE_URL must be the https address" in done.stderr
    assert "Traceback" not in done.stderr


def test_there_is_no_account_and_nothing_to_complain_about(installations: list[Path]) -> None:
    script = "from django.contrib.auth.models import User; from django.conf import settings;"
    script += "print(User.objects.count(), settings.DEBUG, settings.ALLOWED_HOSTS)"
    said = manage(installations[0], "shell", "--no-imports", "-c", script, **ADDRESS)
    assert said.stdout.strip() == "0 False ['posture.example']", said.stderr
    checked = manage(installations[0], "check", "--deploy", "--fail-level", "WARNING", **ADDRESS)
    assert checked.returncode == 0, checked.stderr


def test_only_its_own_host_is_answered(installations: list[Path]) -> None:
    with served(installations[0]) as address:
        assert status(address, "/readyz", host="posture.example")[0] == 200
        for foreign in ("localhost", "evil.example", "posture.example.evil.example", "127.0.0.1"):
            code, body = status(address, "/readyz", host=foreign)
            assert code == 400, foreign
            assert "Traceback" not in body
            assert "DisallowedHost" not in body


def test_a_key_that_others_can_read_stops_everything(installations: list[Path]) -> None:
    key = installations[1] / "secret_key"
    key.chmod(0o644)
    done = manage(installations[1], "check", **ADDRESS)
    key.chmod(0o600)
    assert done.returncode != 0
    assert f"chmod 600 {key}" in done.stderr
    assert "Traceback" not in done.stderr
