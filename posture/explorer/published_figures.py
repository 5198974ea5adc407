"""Published figures as ticks in charts of the explorer: only those with close comparability that are not disputed."""

from posture.analysis.estimates.cells import INDICATOR
from posture.charts.forest import BenchmarkTick
from posture.explorer.choices import ExplorerChoices
from posture.explorer.query import ExplorerQuery
from posture.models import Benchmark
from posture.releases.queries import benchmarks_by_code
from posture.reports.wording import benchmark_base, benchmark_value
from posture.stored_definitions import catalogue


def ticks_of(query: ExplorerQuery, choices: ExplorerChoices) -> dict[str, tuple[BenchmarkTick, ...]]:
    """Returns the ticks by the key of the subject. Only indicators have ticks, because they count the same as a
    publisher."""
    indicators = [
        indicator
        for indicator in catalogue.indicators_of(choices.questionnaire.slug)
        if f"{INDICATOR}:{indicator.code}" in query.subjects
    ]
    codes = {
        indicator.code: [link.benchmark for link in indicator.benchmarks if link.closeness == "close"]
        for indicator in indicators
    }
    benchmarks = benchmarks_by_code(code for linked_codes in codes.values() for code in linked_codes)
    return {
        f"{INDICATOR}:{code}": tuple(
            _tick(benchmarks[code]) for code in linked_codes if not benchmarks[code].disputed
        )
        for code, linked_codes in codes.items()
    }


def _tick(benchmark: Benchmark) -> BenchmarkTick:
    text = (
        f"{benchmark_value(benchmark)} {benchmark.publisher} ({benchmark_base(benchmark)}),"
        f" grade {benchmark.grade}: {benchmark.wording[:90]}"
    )
    return BenchmarkTick(float(benchmark.value), text, benchmark.n is not None)
