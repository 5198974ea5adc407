"""Tests that docs/production.md, the systemd units, the compose file and the Containerfile agree."""

import re
import shlex

from posture.launch.places import ROOT
from tests.production.documented import DEPLOY, PARTS, guide_commands, services, unit_command

ONLY_WITH_SYSTEMD = {"--hostname=worker1@%h"}


def test_containers_run_what_systemd_runs() -> None:
    """Except for the address, and for the name that distinguishes workers of one machine."""
    compose_services = services()
    for service, part in (("web-1", "web"), ("web-2", "web"), ("relay", "relay"), ("worker", "worker")):
        python, *arguments = shlex.split(compose_services[service]["command"])
        assert python == "python"
        expected = [word.replace("127.0.0.1:1", "0.0.0.0:8000") for word in unit_command(part, "1")]
        assert arguments == [word for word in expected if word not in ONLY_WITH_SYSTEMD], service


def test_containers_are_prepared_as_the_guide_says() -> None:
    command = shlex.split(services()["prepare"]["command"])[2]
    container_commands = [shlex.split(part) for part in command.split(" && ")]
    expected_commands = [
        words for words in guide_commands("python manage.py") if words[2] not in ("check", "setup_code")
    ]
    assert container_commands == expected_commands


def test_every_part_waits_for_what_it_needs_and_has_time_to_end() -> None:
    compose_services = services()
    for service in ("web-1", "web-2", "relay", "worker"):
        assert compose_services[service]["depends_on"] == {
            "database": {"condition": "service_healthy"},
            "broker": {"condition": "service_healthy"},
            "prepare": {"condition": "service_completed_successfully"},
        }
        assert compose_services[service]["stop_grace_period"] == "60s"
        assert compose_services[service]["environment"].keys() == {
            "DATABASE_URL",
            "REDIS_URL",
            "TRUSTED_PROXIES",
        }
    for part in PARTS:
        unit = (DEPLOY / "systemd" / f"posture-{part}@.service").read_text("utf-8")
        assert "\nTimeoutStopSec=60\n" in unit


def test_the_proxy_uses_the_existing_web_servers() -> None:
    compose_services = services()
    proxied = compose_services["proxy"]["environment"]["WEB_SERVERS"].split()
    assert proxied == [f"{name}:8000" for name in compose_services if name.startswith("web-")]


def test_the_guide_starts_existing_units() -> None:
    (words,) = guide_commands("systemctl")
    assert words[1:3] == ["enable", "--now"]
    started = {re.sub("@.*", "@.service", unit) for unit in words[3:]}
    assert started == {path.name for path in (DEPLOY / "systemd").iterdir()}


def test_the_image_contains_the_files_that_the_product_reads() -> None:
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    copied = {word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]}
    assert all((ROOT / name).exists() for name in copied)
    assert copied >= {"manage.py", "posture", "surveys", "templates", "static", "requirements.txt"}
    texts = re.findall(r'_text\("(\w+\.md)"\)', (ROOT / "posture" / "views" / "pages.py").read_text("utf-8"))
    assert copied >= set(texts)
