"""`python -m benchmarks --sizes 10000,100000 --only explorer_cut`: every benchmark, and what was held or missed."""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.report import Verdict, machine, table

MAIN_FUNCTION = "\ndef main("
SIZES = "10000,100000,1000000"
Benchmark = Callable[[Sequence[int]], list[Verdict]]


def available_benchmarks() -> list[str]:
    sources = {path.stem: path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("*.py"))}
    return [name for name, source in sources.items() if MAIN_FUNCTION in source and name != "__main__"]


def selected_benchmarks(names: Sequence[str]) -> dict[str, Benchmark]:
    """Imports only the selected benchmarks, because others may need a configured Django or another library."""
    return {name: importlib.import_module(f"benchmarks.{name}").main for name in names}


def main(arguments: Sequence[str]) -> int:
    available = available_benchmarks()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help=f"numbers of respondents, {SIZES} if not given")
    parser.add_argument("--only", default="", help=f"some of {', '.join(available)}")
    options = parser.parse_args(arguments)
    sizes = [int(size) for size in options.sizes.split(",")]
    benchmarks = selected_benchmarks(options.only.split(",") if options.only else available)
    print(machine(), flush=True)
    verdicts = [verdict for run in benchmarks.values() for verdict in run(sizes)]
    print(table(("target", "measured", "allowed", ""), [verdict.cells() for verdict in verdicts]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
