"""Reads the commands in docs/production.md and deploy/."""

import re
import shlex
from typing import Any

import yaml

from posture.launch.places import ROOT

DEPLOY = ROOT / "deploy"
PARTS = ("web", "relay", "worker")
PYTHON = "/opt/posture/.venv/bin/python"


def unit_command(part: str, instance: str) -> list[str]:
    """Returns the command that systemd runs for posture-PART@INSTANCE, after the interpreter."""
    unit = (DEPLOY / "systemd" / f"posture-{part}@.service").read_text("utf-8")
    commands = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    assert len(commands) == 1, part
    command = commands[0].replace("%%", "\0").replace("%i", instance).replace("\0", "%")
    python, *arguments = shlex.split(command)
    assert python == PYTHON
    return arguments


def guide_commands(beginning: str) -> list[list[str]]:
    """Returns the commands of the installation with systemd that begin with these words, without comments."""
    guide = (ROOT / "docs" / "production.md").read_text("utf-8")
    text = guide.partition("\n## Install with systemd\n")[2].partition("\n## ")[0]
    lines = [line for block in text.split("```")[1::2] for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith(beginning)]


def services() -> dict[str, dict[str, Any]]:
    """Returns the services of the compose file with their references resolved."""
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"])
