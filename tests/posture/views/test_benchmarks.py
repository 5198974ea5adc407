"""Tests the benchmark browser: the provenance of every figure, and comparisons with printed percentages."""

import csv
import io

import pytest
from django.core.management import call_command
from django.test import Client

from posture.definitions.indicators import BenchmarkLink, Indicator
from posture.models import Benchmark, Comparison, Estimate, QuotedBenchmark
from posture.releases.benchmark_comparisons import benchmark_comparison_rows, compare_indicator
from posture.reports.benchmark_comparisons import BenchmarkComparisonView

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(autouse=True)
def benchmarks() -> None:
    call_command("load_definitions", verbosity=0)


def page(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_figure_has_a_page_with_its_provenance() -> None:
    for benchmark in Benchmark.objects.all():
        text = page(f"/benchmarks/{benchmark.code}/")
        assert f'<th scope="row">Grade</th><td>{benchmark.grade}' in text
        assert '<th scope="row">Base</th>' in text
        assert benchmark.url in text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("GRV1-INC-88", "805 to 813 of 919 round to it."),
        ("CNCF21-IMG-86", "No count of 68 rounds to it"),
        ("GRV1-CONF-82", None),
    ],
)
def test_a_percent_that_no_count_gives_is_said(code: str, words: str | None) -> None:
    text = page(f"/benchmarks/{code}/")
    assert (words in text) if words else ("Arithmetic" not in text)


def test_the_disputed_figure_says_so_everywhere() -> None:
    assert "disputed" in page("/benchmarks/SEED-VIS-21/")
    assert "Disputed" in page("/benchmarks/?q=runtime+visibility")


def test_words_and_grades_narrow_the_list() -> None:
    assert "No figure contains these words." in page("/benchmarks/?q=nothing+like+this")
    assert "GRV1-INC-88" not in page("/benchmarks/?grade=D").split("All figures")[1]


def test_the_csv_has_every_figure() -> None:
    table = list(csv.DictReader(io.StringIO(page("/benchmarks.csv"))))
    assert {row["code"] for row in table} == set(Benchmark.objects.values_list("code", flat=True))


INDICATOR = Indicator(code="x", item="X", label="X", statistic="share", counts=("yes",))
LINK = BenchmarkLink(benchmark="X", closeness="close")
OURS = {
    ("indicator", "x", "share", ""): Estimate(
        subject_kind="indicator",
        subject="x",
        statistic="share",
        value=0.95,
        base=60,
        unit="share",
        level=0.95,
    )
}


def published(**columns: object) -> Benchmark:
    return Benchmark(
        **{"code": "X", "value": 80, "decimals": 0, "relation": "equal", "unit": "percent"} | columns
    )


def outcome(**columns: object) -> str:
    return compare_indicator(OURS, INDICATOR, published(**columns), LINK).outcome


def test_a_verdict_holds_over_all_bases_that_accounts_give() -> None:
    """57 of 60 against 80 %: with 919 the interval of the difference excludes zero, with 15 it does not."""
    assert outcome(n=919) == "higher"
    assert outcome(n=919, n_smallest=15) == "no_clear_difference"


def test_a_verdict_says_when_it_hangs_on_the_design_of_the_publisher() -> None:
    smallest = next(n for n in range(10, 919) if outcome(n=n) == "higher")
    for n, words in (
        (smallest, "Not if the publisher's sample has a design effect of 1.5."),
        (2 * smallest, ""),
    ):
        indicator = INDICATOR.model_copy(update={"benchmarks": (LINK,)})
        (row,) = benchmark_comparison_rows(OURS, "all", (indicator,), {"X": published(n=n)}, level=0.95)
        comparison = Comparison(depends_on_design=row.depends_on_design)
        assert BenchmarkComparisonView(QuotedBenchmark(), comparison, Estimate()).sensitivity_text == words


def test_the_smallest_base_stands_beside_the_other() -> None:
    assert "n = 919; 750 in other accounts" in page("/benchmarks/GRV1-INC-88/")
