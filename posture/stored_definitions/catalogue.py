"""Loads benchmarks, indicators and headlines from reviewed files into rows and frozen objects. Loading is
idempotent."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.db import transaction

from posture.definitions import benchmarks, headlines, indicators, readers, scores
from posture.models import Benchmark, TargetSet
from surveys.exports.csv_text import csv_text
from surveys.instrument.definition_file import InvalidDefinition, Problem

DEFINITIONS = Path(__file__).resolve().parents[1] / "definitions"
BENCHMARK_COLUMNS = (
    "code", "value", "decimals", "relation", "unit", "wording", "base", "n", "n_smallest", "n_note", "population",
    "fieldwork",
    "publisher", "publication", "published", "url", "url_note", "grade", "disputed", "remark", "family", "counts",
    "superseded_by",
)  # fmt: skip
TARGET_COLUMNS = ("code", "title", "population", "source", "as_of", "vouched_by", "url", "url_note")


@transaction.atomic
def load_benchmarks() -> Counter[str]:
    """Makes the rows equal to the files in one transaction. Returns how many were created, changed, unchanged and
    removed."""
    sources = _sources(DEFINITIONS / "benchmarks")
    _check_references(sources)
    counts: Counter[str] = Counter()
    codes: list[str] = []
    for source in sources:
        for position, figure in enumerate(source.benchmarks):
            codes.append(figure.code)
            counts[_load(source, figure, position)] += 1
    removed, _ = Benchmark.objects.exclude(code__in=codes).delete()
    counts["removed"] += removed
    return counts


def _sources(folder: Path) -> list[benchmarks.Source]:
    problems: list[Problem] = []
    sources: list[benchmarks.Source] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            sources.append(benchmarks.parse(path.read_text("utf-8"), name=path.name))
        except InvalidDefinition as error:
            problems.extend(error.errors)
    if problems:
        raise InvalidDefinition(problems)
    return sources


def _check_references(sources: list[benchmarks.Source]) -> None:
    codes = Counter(figure.code for source in sources for figure in source.benchmarks)
    problems = [
        Problem("benchmarks", code, "each code once", f"{n} times") for code, n in codes.items() if n > 1
    ]
    problems += [
        Problem(
            "benchmarks", f"{figure.code} > superseded_by", "the code of a benchmark", figure.superseded_by
        )
        for source in sources
        for figure in source.benchmarks
        if figure.superseded_by and figure.superseded_by not in codes
    ]
    if problems:
        raise InvalidDefinition(problems)


def _load(source: benchmarks.Source, figure: benchmarks.Figure, position: int) -> str:
    content = source.model_dump_json(exclude={"benchmarks"}) + figure.model_dump_json() + str(position)
    digest = hashlib.sha256(content.encode()).hexdigest()
    stored = Benchmark.objects.filter(code=figure.code).first()
    if stored is not None and stored.digest == digest:
        return "unchanged"
    fields = figure.model_dump(exclude={"code", "publisher", "publication"}) | {
        "decimals": figure.decimals,
        "population": source.population,
        "fieldwork": source.fieldwork,
        "publisher": figure.publisher or source.publisher,
        "publication": figure.publication or source.title,
        "published": source.published,
        "url": source.url,
        "url_note": source.url_note,
        "source": source.source,
        "position": position,
        "digest": digest,
    }
    Benchmark.objects.update_or_create(code=figure.code, defaults=fields)
    return "created" if stored is None else "changed"


@cache
def indicator_file(questionnaire: str) -> indicators.IndicatorFile | None:
    path = DEFINITIONS / "indicators" / f"{questionnaire}.toml"
    return indicators.parse(path.read_text("utf-8"), name=path.name) if path.exists() else None


def indicators_of(questionnaire: str) -> tuple[indicators.Indicator, ...]:
    file = indicator_file(questionnaire)
    return file.indicators if file else ()


@cache
def score_file(questionnaire: str) -> scores.ScoreFile | None:
    path = DEFINITIONS / "scores" / f"{questionnaire}.toml"
    return scores.parse(path.read_text("utf-8"), name=path.name) if path.exists() else None


@cache
def readers_of(questionnaire: str) -> tuple[readers.Reader, ...]:
    path = DEFINITIONS / "readers" / f"{questionnaire}.toml"
    return readers.parse(path.read_text("utf-8"), name=path.name).readers if path.exists() else ()


@cache
def famous_figures() -> headlines.Headlines:
    path = DEFINITIONS / "headlines.toml"
    return headlines.parse(path.read_text("utf-8"), name=path.name)


def definitions_of(
    questionnaire_source: str, questionnaire: str, targets: TargetSet | None
) -> dict[str, str]:
    """Returns the definitions of a release as files: the questionnaire, its indicators, today's benchmarks, and the
    targets if it is weighted."""
    file = indicator_file(questionnaire)
    figures = Benchmark.objects.order_by("code").values_list(*BENCHMARK_COLUMNS)
    files = {
        "questionnaire.toml": questionnaire_source,
        "indicators.json": file.model_dump_json(indent=1) + "\n" if file else "",
        "benchmarks.csv": csv_text(BENCHMARK_COLUMNS, figures),
    }
    scores_file = score_file(questionnaire)
    if scores_file is not None:
        files["scores.json"] = scores_file.model_dump_json(indent=1) + "\n"
    if targets is not None:
        counts = targets.counts.order_by("position").values_list("dimension", "category", "count")
        facts = [(name, getattr(targets, name)) for name in TARGET_COLUMNS]
        files["targets.csv"] = csv_text(("dimension", "category", "count"), counts)
        files["targets-source.csv"] = csv_text(("name", "value"), facts)
    return files


def digest_of(definitions: Mapping[str, str]) -> str:
    """Returns the SHA-256 of the names and texts in the order of the names, each terminated by a zero byte."""
    digest = hashlib.sha256()
    for name in sorted(definitions):
        digest.update(f"{name}\0{definitions[name]}\0".encode())
    return digest.hexdigest()
