"""Counts the flushes to disk while answers are saved. A kill does not test flushing, because unwritten data of the
operating system survives the process; only a power cut would."""

import shutil
from pathlib import Path
from random import Random

import pytest

from tests.faults.harness.installation import Installation, Template
from tests.faults.harness.ledger import Ledger
from tests.faults.harness.respondent import Respondent
from tests.faults.harness.storm import Session

CALLS = ("fsync", "fdatasync")


def tracing_command(report: Path) -> list[str]:
    """Returns the command that starts another command and records each of its flushes."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("no strace on this machine")
    return [strace, "-f", "--seccomp-bpf", "-e", f"trace={','.join(CALLS)}", "-o", str(report)]


def flushes(report: Path) -> int:
    return sum(f"{call}(" in line for line in report.read_text().splitlines() for call in CALLS)


def flushes_of_saves(template: Template, random: Random, *, saves: int, **settings: str) -> int:
    """Counts the flushes of saves by one respondent, so that no two saves can share a flush."""
    with template.copy(**settings) as installation:
        if template.cluster is None:
            return _flushes_of_session(template, installation, random, installation.var / "flushes", saves)
        report = template.cluster.home / "flushes"
        template.cluster.stop()
        template.cluster.start(under=tracing_command(report))
        try:
            return _flushes_of_session(template, installation, random, report, saves)
        finally:
            template.cluster.stop()
            template.cluster.start()
            report.unlink()


def _flushes_of_session(
    template: Template, installation: Installation, random: Random, report: Path, saves: int
) -> int:
    web, ledger = installation.web(), Ledger()
    if template.cluster is None:
        web.command = [*tracing_command(report), *web.command]
    web.start()
    respondent = Respondent(
        template.tokens[0], lambda: installation.port, host=f"localhost:{installation.port}"
    )
    flushes_before = flushes(report)
    Session(respondent, ledger, random, saves=saves).run()
    assert len(ledger.acknowledged) == saves
    return flushes(report) - flushes_before
