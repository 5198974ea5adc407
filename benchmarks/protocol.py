"""Measures candidates in turns, each in a separate process. The set-up is not timed, and results are compared before
any measurement. The calls are then timed in rounds with shuffled order. The outcome is the ratio of medians within
one run."""

import multiprocessing
import os
import random
import resource
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.report import figure, table

ROUNDS, CALLS = 3, 3
LONG_ENOUGH_SECONDS = 3
MEGABYTE = 2**20
Call = Callable[[], Any]


@dataclass(frozen=True)
class Candidate:
    """prepare: a function of a module, or a partial of one. It runs in the new process and returns the function to
    time. clock: in seconds; time.process_time counts the time of the processor only."""

    name: str
    prepare: Callable[[], Call]
    clock: Callable[[], float] = time.perf_counter


@dataclass
class Timing:
    """seconds: of every timed call. peak: peak memory of the process in bytes."""

    name: str
    result: Any
    peak: int
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def race(
    candidates: Sequence[Candidate],
    *,
    compare: Callable[[Any, Any], None] | None = None,
    rounds: int = ROUNDS,
    calls: int = CALLS,
) -> dict[str, Timing]:
    """Measures the candidates. compare: raises an exception if the result of a candidate differs from that of the
    first."""
    with _processes(candidates) as connections:
        timings = {name: Timing(name, *_answer(name, line)) for name, line in connections.items()}
        first = timings[candidates[0].name]
        for timing in timings.values():
            if compare is not None:
                compare(first.result, timing.result)
        for number in range(rounds):
            order = list(connections)
            random.Random(number).shuffle(order)
            for name in order:
                connections[name].send(calls)
                seconds, timings[name].peak = _answer(name, connections[name])
                timings[name].seconds += seconds
    return timings


@contextmanager
def _processes(candidates: Sequence[Candidate]) -> Iterator[dict[str, Connection]]:
    """Starts one process for each candidate. Each is prepared before the next starts, so that none disturbs
    another."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    context = multiprocessing.get_context("spawn")
    connections, children = {}, []
    try:
        for candidate in candidates:
            parent_end, child_end = context.Pipe()
            child = context.Process(target=_serve, args=(candidate, child_end), daemon=True)
            child.start()
            child_end.close()
            children.append(child)
            connections[candidate.name] = parent_end
            parent_end.poll(None)
        yield connections
    finally:
        for line in connections.values():
            line.close()
        for child in children:
            child.join(10)
            child.kill()


def _answer(name: str, connection: Connection) -> Any:
    answer = connection.recv()
    if isinstance(answer, str):
        raise RuntimeError(f"{name} failed:\n{answer}")
    return answer


def _serve(candidate: Candidate, connection: Connection) -> None:
    try:
        call = candidate.prepare()
        connection.send((call(), _peak()))
        while True:
            connection.send((_timed(call, connection.recv(), candidate.clock), _peak()))
    except EOFError:
        return
    except BaseException:
        connection.send(traceback.format_exc())


def _timed(call: Call, calls: int, clock: Callable[[], float]) -> list[float]:
    """Times at least one call, and stops the round after enough seconds."""
    seconds: list[float] = []
    while len(seconds) < calls and sum(seconds) < LONG_ENOUGH_SECONDS:
        started = clock()
        call()
        seconds.append(clock() - started)
    return seconds


def _peak() -> int:
    """Returns the peak memory of this program. Without /proc, returns that of the process, which includes its
    parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def times(timings: dict[str, Timing], *, baseline: str) -> str:
    """Returns a table: median in ms, ratio to one candidate, peak memory, number of calls."""
    baseline_median = timings[baseline].median
    rows = [
        (
            timing.name,
            figure(1000 * timing.median),
            f"{figure(timing.median / baseline_median)}x",
            figure(timing.peak / MEGABYTE),
            str(len(timing.seconds)),
        )
        for timing in sorted(timings.values(), key=lambda timing: timing.median)
    ]
    return table(("", "median ms", f"against {baseline}", "peak MB", "calls"), rows)
