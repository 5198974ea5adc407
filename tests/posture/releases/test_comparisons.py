"""Tests that comparisons are released rows: computed once with the definitions of that day, and equal on every page,
table and API that shows them."""

import csv
import io
import zipfile
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.test import Client
from pytest import approx

from posture.accounts.tokens import create_token
from posture.analysis.estimates.rows import Row
from posture.api.contract import columns
from posture.models import Benchmark, Comparison, Pack, QuotedBenchmark, Release
from posture.releases.benchmark_comparisons import Table
from posture.releases.difference_comparisons import composition, gap_comparisons
from posture.releases.late_comparisons import fill_comparisons
from posture.reports.page_cache import PAGES
from posture.reports.wording import verdict_text
from posture.stored_definitions.catalogue import BENCHMARK_COLUMNS
from tests.posture.analysis.small_waves import small
from tests.support.builders import NOW

FIGURE = "GRV1-INC-88"
INDICATOR = "incident-on-record"
NUMBERED = ("difference", "ci_low", "ci_high", "p_value", "p_adjusted", "tipping_base")


@pytest.fixture
def release(demo_of_60: None, db: None) -> Release:
    return Release.objects.get(slug="ai-agent-security-2026-spring-r1")


@pytest.fixture
def machine(release: Release) -> Client:
    _, text = create_token(release.requested_by, name="test", expires_at=NOW + timedelta(days=1), at=NOW)
    return Client(headers={"authorization": f"Bearer {text}"})


def page(release: Release) -> str:
    PAGES.clear()
    return " ".join(Client().get(f"/releases/{release.slug}/published/").content.decode().split())


def indicators_csv(release: Release) -> list[dict[str, str]]:
    text = Client().get(f"/releases/{release.slug}/indicators.csv").content.decode()
    return list(csv.DictReader(io.StringIO(text)))


def packed(release: Release) -> list[dict[str, str]]:
    content = Client().get(f"/releases/{release.slug}/pack.zip").content
    text = zipfile.ZipFile(io.BytesIO(content)).read("comparisons.csv").decode()
    return list(csv.DictReader(io.StringIO(text)))


def served(machine: Client, release: Release, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    asked = urlencode({"release": release.slug, "page_size": 1000} | query)
    address: str | None = f"/api/v1/comparisons/?{asked}"
    while address:
        body = machine.get(address).json()
        rows, address = rows + body["results"], body["next"]
    return rows


def receipt(release: Release) -> str:
    address = f"/releases/{release.slug}/numbers/all/indicator/{INDICATOR}/share/"
    return " ".join(Client().get(address).content.decode().split())


def revise_benchmarks() -> None:
    Benchmark.objects.filter(code=FIGURE).update(value=3, n=12, n_smallest=None, wording="Something else")
    Benchmark.objects.exclude(code=FIGURE).update(value=1, publisher="Somebody else")


@pytest.mark.django_db
def test_a_benchmark_that_changes_after_publication_changes_nothing(
    release: Release, machine: Client
) -> None:
    def everything() -> tuple[Any, ...]:
        return page(release), indicators_csv(release), packed(release), served(machine, release)

    before = everything()
    assert "Something else" not in receipt(release)
    revise_benchmarks()
    assert everything() == before
    assert "Something else" not in receipt(release)
    Benchmark.objects.all().delete()
    assert everything() == before


@pytest.mark.django_db
def test_page_csv_pack_and_api_agree(release: Release, machine: Client) -> None:
    rows = served(machine, release, compared_with="benchmark")
    assert len(rows) > 100
    assert {row["verdict"] for row in rows} >= {"lower"}
    assert len(rows) == len(packed(release))
    for row, in_pack in zip(rows, packed(release), strict=True):
        key = (row["cohort"], row["subject"], row["benchmark"], row["closeness"])
        assert key == tuple(in_pack[name] for name in ("cohort", "indicator", "benchmark", "closeness"))
        assert (row["verdict"] or row["reason"]) == in_pack["outcome"]
        assert str(row["flips"]) == in_pack["flips"]
        for name in NUMBERED:
            text = in_pack.get("p" if name == "p_value" else name)
            if text is not None:
                assert text == ("" if row[name] is None else str(row[name]))
    shown = {(row["indicator"], row["benchmark"]): row for row in indicators_csv(release)}
    text = page(release)
    for comparison in release.comparisons.filter(compared_with="benchmark", cohort="all"):
        assert comparison.benchmark is not None
        words = verdict_text(comparison)
        assert shown[comparison.subject, comparison.benchmark.code]["comparison"] == words
        assert words in text


@pytest.mark.django_db
def test_the_csv_of_changes_has_their_verdicts(release: Release) -> None:
    text = Client().get(f"/releases/{release.slug}/changes.csv").content.decode()
    rows = {(row["subject"], row["statistic"]): row for row in csv.DictReader(io.StringIO(text))}
    compared = release.comparisons.filter(compared_with="earlier_wave", cohort="all")
    tested = [row for row in compared if row.p_adjusted is not None]
    assert tested
    for comparison in tested:
        row = rows[comparison.subject, f"{comparison.statistic}_change"]
        assert (row["verdict"], row["reason"]) == (comparison.verdict, comparison.reason)
        assert row["p_adjusted"] == str(comparison.p_adjusted)
    assert rows["INV-P1", "gap_panel_change"]["verdict"] == ""


@pytest.mark.django_db
def test_each_column_is_served(release: Release, machine: Client) -> None:
    rows = served(machine, release)
    stored = list(release.comparisons.select_related("benchmark", "release").order_by("id"))
    names = [name for name in columns("comparisons") if name not in ("release", "benchmark", "receipt")]
    for row, comparison in zip(rows, stored, strict=True):
        figure = comparison.benchmark
        assert row["release"] == release.slug
        assert row["benchmark"] == (figure.code if figure else None)
        assert row["receipt"] == f"http://testserver{comparison.get_absolute_url()}"
        for name in names:
            quoted = name.removeprefix("benchmark_")
            expected = getattr(comparison, name) if quoted == name else figure and getattr(figure, quoted)
            expected = float(expected) if name == "benchmark_value" and figure else expected
            assert row[name] == expected, name
    assert {row["compared_with"] for row in rows} == {"benchmark", "rest", "earlier_wave", "zero"}
    assert Client().get(rows[0]["receipt"]).status_code == 200


@pytest.mark.django_db
def test_a_release_quotes_the_benchmarks_of_its_day(release: Release) -> None:
    figures = {row.code: row for row in Benchmark.objects.all()}
    quoted = list(QuotedBenchmark.objects.filter(release=release))
    assert len(quoted) > 50
    for row in quoted:
        for name in BENCHMARK_COLUMNS:
            assert getattr(row, name) == getattr(figures[row.code], name), name


def corrected(ps: list[float], method: str) -> list[float]:
    """Computes Benjamini and Hochberg's correction, p times size by rank, or Holm's, p times the number of remaining
    values; both keep their order."""
    order = sorted(range(len(ps)), key=lambda place: ps[place], reverse=method == "BH")
    result, bound = [0.0] * len(ps), 1.0 if method == "BH" else 0.0
    for step, place in enumerate(order):
        if method == "BH":
            bound = min(bound, ps[place] * len(ps) / (len(ps) - step))
        else:
            bound = max(bound, min(1.0, ps[place] * (len(ps) - step)))
        result[place] = bound
    return result


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("compared_with", "method", "of_cohort"),
    [("benchmark", "BH", True), ("rest", "BH", False), ("earlier_wave", "BH", True), ("zero", "holm", True)],
)
def test_families_are_corrected_together(
    release: Release, compared_with: str, method: str, of_cohort: bool
) -> None:
    rows = release.comparisons.filter(compared_with=compared_with)
    family = list(rows.filter(cohort="all") if of_cohort else rows)
    tested = [row for row in family if row.p_adjusted is not None]
    assert {row.family_size for row in family} == {len(tested)}
    assert {row.correction for row in family} == {method}
    ps = [row.p_value for row in tested if row.p_value is not None]
    assert [row.p_adjusted for row in tested] == approx(corrected(ps, method))
    for row in family:
        if row.verdict in ("higher", "lower"):
            assert row.p_adjusted is not None
            assert row.p_adjusted <= 0.05


@pytest.mark.django_db
def test_a_comparison_says_no_more_than_the_number(release: Release) -> None:
    numbers = {
        (row.subject_kind, row.subject, row.statistic, row.cohort): row
        for row in release.estimates.filter(option="")
    }
    withheld = 0
    for row in release.comparisons.all():
        number = numbers.get((row.subject_kind, row.subject, row.statistic, row.cohort))
        if row.reason == "break":
            continue
        assert number is not None
        if number.value is None:
            withheld += 1
            assert row.reason == "withheld"
            assert (row.difference, row.ci_low, row.ci_high, row.p_value, row.p_adjusted) == (None,) * 5
    assert withheld > 10


# Releases from before comparisons were stored.


def fill(release: Release) -> bool:
    Release.objects.filter(pk=release.pk).update(compared_at=None)
    Comparison.objects.filter(release=release).delete()
    QuotedBenchmark.objects.filter(release=release).delete()
    return fill_comparisons(Release.objects.get(pk=release.pk), partial(apps.get_model, "posture"), at=NOW)


def stored(release: Release) -> list[dict[str, Any]]:
    rows = release.comparisons.order_by("id").values()
    return [
        {name: value for name, value in row.items() if name not in ("id", "benchmark_id")} for row in rows
    ]


@pytest.mark.django_db
def test_an_earlier_release_is_compared_with_the_definitions_of_its_pack(release: Release) -> None:
    before, text = stored(release), page(release)
    revise_benchmarks()
    assert fill(release)
    assert stored(release) == before
    assert page(release) == text
    assert not Release.objects.get(pk=release.pk).compared_later


@pytest.mark.django_db
def test_a_pack_that_this_version_does_not_read_counts_as_none(release: Release) -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("definitions/indicators.json", "{}")
    Pack.objects.filter(release=release).update(content=output.getvalue())
    assert fill(release)
    assert Release.objects.get(pk=release.pk).compared_later


@pytest.mark.django_db
def test_without_a_pack_it_says_that_it_was_compared_later(release: Release) -> None:
    Pack.objects.filter(release=release).delete()
    Benchmark.objects.filter(code=FIGURE).update(wording="Something else")
    assert fill(release)
    text = page(release)
    assert "with the definitions of that day" in text
    assert "Something else" in text
    assert "with the definitions of that day" in receipt(release)


@pytest.mark.django_db
def test_where_nothing_can_be_compared_the_page_says_so(release: Release) -> None:
    Pack.objects.filter(release=release).delete()
    Benchmark.objects.filter(code=FIGURE).delete()
    assert not fill(release)
    for text in (page(release), receipt(release)):
        assert "computed before comparisons were kept" in text
        assert "Lower than published" not in text
    assert "Nothing comparable was published" not in page(release)


# Sums by hand.


def gap(subject: str, p: float, **columns: Any) -> Row:
    return Row("pair", subject, "gap", "", "all", "points", 0.95, base=50, value=20.0, p_value=p, **columns)


def gaps(*ps: float) -> list[str]:
    pair = small().core_pairs[0]
    pairs = [pair.model_copy(update={"code": f"P{number}"}) for number in range(len(ps))]
    table: Table = {("pair", f"P{number}", "gap", ""): gap(f"P{number}", p) for number, p in enumerate(ps)}
    return [row.outcome for row in gap_comparisons(table, pairs, level=0.95)]


def test_of_twenty_gaps_one_that_came_by_chance_is_not_clear() -> None:
    """Holm: .02 times 20 is .4, and .002 times 20 is .04."""
    assert gaps(*[0.02] * 20) == ["not_clear_together"] * 20
    assert gaps(0.002, *[0.5] * 19) == ["higher"] + ["no_clear_difference"] * 19


def change(value: float, low: float, high: float) -> Row:
    return Row("pair", "P", "gap", "", "all", "points", 0.95, base=50, value=value, ci_low=low, ci_high=high)


@pytest.mark.parametrize(
    ("panel", "expected"),
    [
        (change(4, 1, 7), ""),
        (change(-4, -7, -1), "opposite"),
        (change(4, -1, 9), "clear_in_all"),
        (change(0.01, -1, 1), "clear_in_all"),
        (None, ""),
    ],
)
def test_those_in_both_waves_beside_all(panel: Row | None, expected: str) -> None:
    assert composition(change(5, 1, 9), panel) == expected
