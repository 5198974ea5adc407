"""Attacks releases of the demonstration and of random surveys, at any size.

python -m tests.disclosure --organizations 120 --seed 7 --seeds 21
python -m tests.disclosure --surveys 200 --seed 1 --explain 3
"""

# ruff: noqa: E402  The environment of the tests comes first, then Django, then everything that has models.
import argparse
import os
import sys
import time
from collections import Counter
from random import Random

import tests.environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")

import django

django.setup()

from tests.disclosure.explaining import explanation_of
from tests.disclosure.questions import BOUNDED, WITHHELD
from tests.disclosure.report import SMALL_GROUPS, Report, attack_release
from tests.disclosure.surveys import LARGEST, pack_disagreements, survey_attacked
from tests.disclosure.world import demonstration, empty_database, empty_installation
from tests.support.builders import make_user

assert tests.environment.var


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.disclosure", description=__doc__)
    parser.add_argument("--organizations", type=int, default=0, help="of the demonstration; 0 for none")
    parser.add_argument("--seed", type=int, default=7, help="the first one")
    parser.add_argument("--seeds", type=int, default=1, help="how many demonstrations")
    parser.add_argument("--surveys", type=int, default=0, help="how many random surveys")
    parser.add_argument(
        "--largest", type=int, default=LARGEST, help="organisations of a random survey at most"
    )
    parser.add_argument("--explain", type=int, default=0, help="findings of each kind to explain, row by row")
    parser.add_argument(
        "--programmes", action="store_true", help="ask linear programmes, too, which take long"
    )
    return parser.parse_args()


class Totals:
    def __init__(self, explain: int) -> None:
        self.explain = explain
        self.counts: Counter[str] = Counter()

    def add(self, report: Report, disagreements: list[str], seconds: float) -> None:
        self.counts.update(report.counts)
        self.counts.update(
            {
                "releases": 1,
                "rows": report.rows,
                "faults of the attack": len(report.wrong),
                "rows not as named": len(report.not_as_named),
                "packs that disagree": bool(disagreements),
            }
        )
        print(f"{report.line} ({seconds:.0f} s)", flush=True)
        for fault in report.wrong[:5]:
            print(f"  FAULT OF THE ATTACK  {fault}")
        for line in disagreements[:5]:
            print(f"  PACK  {line}")
        explained: Counter[str] = Counter()
        for finding in report.findings:
            explained[finding.kind] += 1
            if explained[finding.kind] <= self.explain:
                print(f"  {finding}")
                for line in explanation_of(finding, report.knowledge):
                    print(f"      {line}")

    def add_refusals(self, slug: str, reasons: list[str]) -> None:
        self.counts["not published"] += len(reasons)
        for reason in reasons:
            print(f"{slug}: not published: {reason[:300]}", flush=True)

    def print_result(self) -> int:
        print()
        for name, count in sorted(self.counts.items()):
            print(f"{count:8}  {name}")
        finding_count = sum(self.counts[kind] for kind in (*SMALL_GROUPS, BOUNDED, WITHHELD))
        return (
            1
            if finding_count or self.counts["faults of the attack"] or self.counts["packs that disagree"]
            else 0
        )


def main() -> int:
    options = arguments()
    totals = Totals(options.explain)
    attack_options = {"keeps_steps": options.explain > 0, "programmes": options.programmes}
    with empty_installation():
        for seed in range(options.seed, options.seed + options.seeds) if options.organizations else ():
            for slug in demonstration(organizations=options.organizations, seed=seed):
                started = time.monotonic()
                report = attack_release(slug, **attack_options)
                seconds = time.monotonic() - started
                totals.add(report, list(pack_disagreements(slug)), seconds)
            empty_database()
        analyst = make_user("analyst", is_staff=True) if options.surveys else None
        for seed in range(options.seed, options.seed + options.surveys):
            started = time.monotonic()
            outcome = survey_attacked(
                Random(seed),
                Random(f"answers {seed}"),
                f"s{seed}",
                analyst,
                largest=options.largest,
                **attack_options,
            )
            for report in outcome.reports:
                totals.add(report, outcome.disagreements, time.monotonic() - started)
            totals.add_refusals(outcome.slug, outcome.refusals)
    return totals.print_result()


if __name__ == "__main__":
    sys.exit(main())
