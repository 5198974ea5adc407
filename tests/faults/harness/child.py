"""Starts one process of the product with its log, waits until it answers, and kills it as a power cut would."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from posture.launch.places import ROOT
from tests.support.processes import children_of, is_alive

PATIENCE_SECONDS = 90


class Child:
    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log: Path,
        answers: Callable[[], bool],
    ) -> None:
        self.command, self.environment, self.log, self.answers = command, environment, log, answers
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        self.launch()
        self.wait_until_it_answers()

    def launch(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.log.name}: {self.log.read_text()[-3000:]}")
            time.sleep(0.03)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> bool:
        """Kills the whole process group at once. Returns True when the process and all its descendants are seen
        dead."""
        assert self.process is not None
        group = [self.pid, *children_of(self.pid)]
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(is_alive(pid) for pid in group) and time.monotonic() < deadline:
            time.sleep(0.01)
        return not any(is_alive(pid) for pid in group)

    def stop(self) -> None:
        if self.is_running():
            self.kill()
