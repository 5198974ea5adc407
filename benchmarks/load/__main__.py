"""`python -m benchmarks.load`: runs the load test. Environment variables: DURATION (seconds), DATABASE and SEED."""

import json
import os
import statistics
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from benchmarks.load import crowd
from benchmarks.load.crowd import SAVERS
from benchmarks.load.throughput import CLIENTS, ROUNDS, ratio
from benchmarks.report import machine
from posture.launch.places import ROOT
from tests.faults.harness import options
from tests.faults.harness.installation import Installation, Template, make_template, shipped_cluster
from tests.faults.harness.ledger import SavedVersion, stored_entries

RESPONDENTS, ANALYSTS, ORGANIZATIONS = 300, 5, 120
DURATION = 60
SPAWN_RATE = 20
WARM_UP_SECONDS = 30
COUNT_ANSWERS = (
    "from posture.explorer.frames import *; from django.utils import timezone as t; refresh_all(at=t.now())"
)
P95, P99, SHARE, SLOWEST_HEALTHZ = 0.3, 1.0, 0.5, 0.5


@dataclass(frozen=True)
class Target:
    name: str
    measured: float
    allowed: float
    most: bool = True

    @property
    def is_held(self) -> bool:
        return self.measured <= self.allowed if self.most else self.measured >= self.allowed

    def __str__(self) -> str:
        sign = "<=" if self.most else ">="
        verdict = "held" if self.is_held else "MISSED"
        return f"  {self.name:<40} {self.measured:>9.3f}  {sign} {self.allowed:<5g} {verdict}"


def main() -> int:
    seed = options.number("SEED", 1)
    duration = options.number("DURATION", DURATION)
    print(
        f"{machine()}\nSEED={seed}, {duration} s, {RESPONDENTS} respondents, {ANALYSTS} analysts, one export",
        flush=True,
    )
    held = [_on(database, seed, duration) for database in options.databases()]
    return 0 if all(held) else 1


def _on(database: str, seed: int, duration: int) -> bool:
    with shipped_cluster() if database == "postgres" else nullcontext() as cluster:
        template = make_template(cluster, sessions=RESPONDENTS + ROUNDS * CLIENTS + SAVERS)
        try:
            return _measured(template, seed, duration)
        finally:
            template.remove()


def _measured(template: Template, seed: int, duration: int) -> bool:
    with template.copy(SAVES_PER_SECOND="1000") as installation:
        _start(installation)
        product_saves, bare_saves = ratio(template, installation, seed)
    with template.copy() as installation:
        installation.manage("seed_demo", "--organizations", str(ORGANIZATIONS))
        installation.shell(COUNT_ANSWERS)
        _start(installation)
        measurements = _locust(template, installation, seed, duration)
        is_held = _print_results(template.name, installation, measurements, product_saves, bare_saves)
    with template.copy() as installation:
        installation.manage("seed_demo", "--organizations", str(ORGANIZATIONS))
        _start(installation)
        return _print_crowd_results(installation, template.tokens[-SAVERS:], seed) and is_held


def _print_crowd_results(installation: Installation, tokens: list[str], seed: int) -> bool:
    calm, crowded, ledger = crowd.measure(installation, tokens, seed=seed)
    history = stored_entries(installation)
    print(
        f"  in a crowd of {crowd.EXPORTS} exports, {crowd.READERS} reports and {crowd.UPLOADS} uploads at once:"
        f" {len(crowded.saves)} saves, calm p95 {calm.save_p95:.3f} s;"
        f" {', '.join(f'{count} x {status}' for status, count in sorted(crowded.answers.items()))}"
    )
    targets = [
        Target("acknowledged and lost", sum(entry not in history for entry in ledger.acknowledged), 0),
        Target("autosave p95 in the crowd (s)", crowded.save_p95, P95),
        Target("slowest /healthz in the crowd (s)", crowded.slowest_healthz, SLOWEST_HEALTHZ),
    ]
    print("\n".join(str(target) for target in targets), flush=True)
    return all(target.is_held for target in targets)


def _start(installation: Installation) -> None:
    """Starts the same processes as `make run`."""
    for child in (installation.broker(), installation.worker(), installation.relay(), installation.web()):
        child.start()


def _locust(template: Template, installation: Installation, seed: int, duration: int) -> dict[str, Any]:
    demo = json.loads((installation.var / "demo.json").read_text())
    analyst = next(login for login in demo["logins"] if login["role"] == "analyst")
    release, report = demo["releases"][0], installation.var / "load.json"
    plan = {
        "seed": seed,
        "port": installation.port,
        "host": f"localhost:{installation.port}",
        "tokens": template.tokens[:RESPONDENTS],
        "analysts": ANALYSTS,
        "email": analyst["email"],
        "password": analyst["password"],
        "api_token": demo["api_token"],
        "export": f"/api/v1/estimates/?release={release}",
        "pages": [
            f"/releases/{release}/",
            f"/studio/releases/{release}/",
            "/studio/waves/",
            "/studio/waves/faults/",
            "/studio/explorer/ai-agent-security/",
            "/benchmarks/",
        ],
        "report": str(report),
    }
    users = RESPONDENTS + ANALYSTS + 1
    command = ["locust", "-f", "benchmarks/load/scenario.py", "--headless", "--loglevel", "WARNING"]
    numbers = ["-u", str(users), "-r", str(SPAWN_RATE), "-t", f"{duration + WARM_UP_SECONDS}s"]
    with (installation.var / "log" / "locust.log").open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", *command, *numbers],
            cwd=ROOT,
            env={**os.environ, "LOAD": json.dumps(plan)},
            stdout=log,
            stderr=log,
        )
    results: dict[str, Any] = json.loads(report.read_text())
    return results


def _print_results(
    database: str,
    installation: Installation,
    measurements: dict[str, Any],
    product_saves: float,
    bare_saves: float,
) -> bool:
    """Prints the measurements and returns whether all targets are met. Requests during the warm-up, while respondents
    still arrive, are excluded from the times, but their saves must not be lost."""
    measured_from = min(moment for _, moment, _, _ in measurements["seen"]) + WARM_UP_SECONDS
    durations = [
        (kind, seconds) for kind, moment, seconds, _ in measurements["seen"] if moment >= measured_from
    ]
    saves = [seconds for kind, seconds in durations if kind == "autosave"]
    pages = [seconds for kind, seconds in durations if kind == "page"]
    errors = (
        sum(not is_right for *_, is_right in measurements["seen"]) + RESPONDENTS - measurements["entered"]
    )
    history = stored_entries(installation)
    lost = sum(SavedVersion(*entry) not in history for entry in measurements["acknowledged"])
    percentiles = statistics.quantiles(saves, n=100)
    export = measurements["export"]
    print(
        f"\n{database}: {len(measurements['acknowledged'])} saves acknowledged, "
        f"{measurements['unanswered']} unanswered and retried"
    )
    print(
        f"  autosave p50 {percentiles[49]:.3f} s; pages {len(pages)}, p95 {statistics.quantiles(pages, n=20)[18]:.3f} s"
    )
    print(f"  export: {export['rows']} rows in {export['files']} files, {export['seconds']:.1f} s")
    print(
        f"  {CLIENTS} who never think: autosave {product_saves:.0f} in a second, bare view {bare_saves:.0f}"
    )
    if measurements["refused"]:
        print(f"  the first answers that were wrong: {measurements['refused'][:2]}")
    targets = [
        Target("errors", errors, 0),
        Target("acknowledged and lost", lost, 0),
        Target("autosave p95 (s)", percentiles[94], P95),
        Target("autosave p99 (s)", percentiles[98], P99),
        Target("autosave throughput / bare view", product_saves / bare_saves, SHARE, most=False),
    ]
    print("\n".join(str(target) for target in targets), flush=True)
    return all(target.is_held for target in targets)


if __name__ == "__main__":
    sys.exit(main())
