"""Published figures as ticks in charts of the explorer: only those with close comparability that are not disputed."""

from posture.analysis.estimates.cells import INDICATOR
from posture.charts.forest import Tick
from posture.explorer.choices import Offer
from posture.explorer.query import Question
from posture.models import Benchmark
from posture.releases.queries import benchmarks_by_code
from posture.reports.wording import benchmark_base, benchmark_value
from posture.stored_definitions import catalogue


def ticks_of(question: Question, offer: Offer) -> dict[str, tuple[Tick, ...]]:
    """Returns the ticks by the key of the subject. Only indicators have ticks, because they count the same as a
    publisher."""
    chosen = [
        one
        for one in catalogue.indicators_of(offer.questionnaire.slug)
        if f"{INDICATOR}:{one.code}" in question.subjects
    ]
    codes = {
        one.code: [link.benchmark for link in one.benchmarks if link.closeness == "close"] for one in chosen
    }
    known = benchmarks_by_code(code for found in codes.values() for code in found)
    return {
        f"{INDICATOR}:{one}": tuple(_tick(known[code]) for code in found if not known[code].disputed)
        for one, found in codes.items()
    }


def _tick(benchmark: Benchmark) -> Tick:
    text = (
        f"{benchmark_value(benchmark)} {benchmark.publisher} ({benchmark_base(benchmark)}),"
        f" grade {benchmark.grade}: {benchmark.wording[:90]}"
    )
    return Tick(float(benchmark.value), text, benchmark.n is not None)
