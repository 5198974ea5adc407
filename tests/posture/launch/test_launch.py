"""Tests `make run` for a newcomer: a complete start, and the message for each obstacle."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from posture.launch import processes
from posture.launch.places import ROOT, LaunchError
from posture.launch.processes import ChildProcesses
from posture.web_server import largest_body
from tests.support.processes import free_port

pytestmark = pytest.mark.long

SET_BY_TESTS = (
    "POSTURE_EMBEDDED",
    "SECRET_KEY",
    "BASE_URL",
    "DATABASE_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
)


def environment(var: Path | str, port: int | str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SET_BY_TESTS}
    return kept | {"POSTURE_VAR": str(var), "PORT": str(port)}


def launch(var: Path | str, port: int | str) -> str:
    """Returns the message with which the launcher fails."""
    done = subprocess.run(
        [sys.executable, "-m", "posture.launch", "run"],
        cwd=ROOT,
        env=environment(var, port),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert launch(tmp_path, port).endswith(f"for example PORT={port + 1} make run.")


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_what_is_no_port(tmp_path: Path, port: str) -> None:
    assert f"PORT={port} is not a port" in launch(tmp_path, port)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "Cannot create" in launch(tmp_path / "file" / "var", free_port())


def test_a_path_too_long_for_a_socket(tmp_path: Path) -> None:
    assert "set POSTURE_VAR to a shorter folder" in launch(tmp_path / ("long" * 30), free_port())


def test_a_process_that_ends_by_itself_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay, for example: without it no mail would be sent, and no message would say why."""
    monkeypatch.setattr(processes, "VAR", tmp_path)
    (tmp_path / "log").mkdir()
    monkeypatch.setattr(processes.signal, "signal", lambda *_: None)  # its end makes pytest ignore signals
    with ChildProcesses(dict(os.environ)) as children:
        children.start("relay", [sys.executable, "-c", "import sys; sys.exit(3)"], is_ready=lambda: True)
        with pytest.raises(LaunchError, match="The relay ended with code 3"):
            children.wait()


class Running:
    def __init__(self, var: Path, port: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "posture.launch", "run"],
            cwd=ROOT,
            env=environment(var, port),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.printed: list[str] = []

    def wait_until_it_greets(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)
            if "Ctrl-C stops everything" in line:
                return
        raise AssertionError("".join(self.printed))

    def interrupt(self) -> None:
        """Interrupts twice, as impatient people do."""
        self.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)


def processes_that_mention(word: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if word in command or f"POSTURE_VAR={word}" in state:
            found.append(command)
    return found


def nothing_left_within(seconds: float, word: str) -> bool:
    deadline = time.monotonic() + seconds
    while processes_that_mention(word) and time.monotonic() < deadline:
        time.sleep(0.2)
    return not processes_that_mention(word)


def test_a_whole_start_and_another_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    var = tmp_path_factory.mktemp("v")
    port = free_port()
    address = f"http://localhost:{port}"
    first = Running(var, port)
    first.wait_until_it_greets()
    demo = json.loads((var / "demo.json").read_text())
    assert set(demo) == {
        "base_url",
        "logins",
        "api_token",
        "invitations",
        "releases",
        "documents",
        "shared_reports",
    }
    assert demo["base_url"] == address
    for name, mode in (("", 0o700), ("secret_key", 0o600), ("demo.json", 0o600)):
        assert stat.S_IMODE((var / name).stat().st_mode) == mode, name
    with urllib.request.urlopen(f"{address}/releases/{demo['releases'][0]}/") as page:
        assert b"How to read a gap" in page.read()
    with urllib.request.urlopen(demo["invitations"][0]["url"]) as page:
        assert b"Start or continue" in page.read()
    assert "Posture runs already with the data in" in launch(var, free_port())
    first.interrupt()
    assert processes_that_mention(str(var)) == []

    other = free_port()
    second = Running(var, other)
    second.wait_until_it_greets()
    again = json.loads((var / "demo.json").read_text())
    assert again["logins"] == demo["logins"], "the data is kept"
    assert again["invitations"][0]["url"].startswith(f"http://localhost:{other}/s/")
    second.process.kill()
    assert nothing_left_within(15, str(var)), "also when the launcher itself is killed"


@pytest.mark.parametrize(("megabytes", "largest"), [(None, 11_000_000), ("50", 51_000_000)])
def test_the_web_server_takes_what_an_upload_may_have(
    monkeypatch: pytest.MonkeyPatch, megabytes: str | None, largest: int
) -> None:
    """One megabyte more than the file, for the rest of the form."""
    monkeypatch.delenv("LARGEST_UPLOAD_MB", raising=False)
    if megabytes:
        monkeypatch.setenv("LARGEST_UPLOAD_MB", megabytes)
    assert largest_body() == largest
