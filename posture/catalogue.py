"""Benchmarks, indicators and headlines: reviewed files in, rows and frozen objects out. Loading is idempotent."""

import hashlib
from collections import Counter
from functools import cache
from pathlib import Path

from django.db import transaction

from posture import benchmarks, headlines, indicators
from posture.models import Benchmark
from surveys.definition_file import InvalidDefinition, Problem

DEFINITIONS = Path(__file__).parent / "definitions"


@transaction.atomic
def load_benchmarks(folder: Path = DEFINITIONS / "benchmarks") -> Counter[str]:
    """Rows equal to the files: created, changed, unchanged and removed are counted. All or none."""
    sources = _sources(folder)
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
    known = Benchmark.objects.filter(code=figure.code).first()
    if known is not None and known.digest == digest:
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
    return "created" if known is None else "changed"


@cache
def indicator_file(questionnaire: str) -> indicators.IndicatorFile | None:
    path = DEFINITIONS / "indicators" / f"{questionnaire}.toml"
    return indicators.parse(path.read_text("utf-8"), name=path.name) if path.exists() else None


def indicators_of(questionnaire: str) -> tuple[indicators.Indicator, ...]:
    file = indicator_file(questionnaire)
    return file.indicators if file else ()


@cache
def famous_figures() -> headlines.Headlines:
    path = DEFINITIONS / "headlines.toml"
    return headlines.parse(path.read_text("utf-8"), name=path.name)


def definitions_digest(questionnaire_source: str, questionnaire: str, targets: str = "") -> str:
    """What a release was computed with: the questionnaire, its indicators, the benchmarks of that day, and the
    digest of the targets where it is weighted."""
    digest = hashlib.sha256(questionnaire_source.encode())
    file = indicator_file(questionnaire)
    digest.update(file.model_dump_json().encode() if file else b"")
    digest.update(targets.encode())
    for row in Benchmark.objects.order_by("code").values_list("code", "digest"):
        digest.update("".join(row).encode())
    return digest.hexdigest()
