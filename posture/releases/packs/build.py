"""Builds the pack of a release as one zip file: the released table, the comparisons, the definitions, and programs
that derive the derived numbers again. The same computation gives the same bytes."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from posture.analysis.disclosure.suppression_cost import suppression_cost
from posture.analysis.estimates.rows import identity
from posture.models.number_address import number_address
from posture.releases.computation import Computation
from posture.releases.conduct_statement import RoleReturns
from surveys.exports.csv_text import csv_text

PROGRAM = Path(__file__).parent / "program"
PROGRAMS = (
    "README.txt",
    "verify.py",
    "formulas.py",
    "table.py",
    "frame_and_limits.py",
    "differences.py",
    "verify.R",
    "frame_and_limits.R",
    "differences.R",
)
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
FILE_MODE = 0o644 << 16
ROW_COLUMNS = (
    "subject_kind", "subject", "statistic", "option", "cohort", "unit", "base", "weighted_base", "effective_base",
    "design_effect", "value", "unweighted_value", "bound", "se", "ci_low", "ci_high", "p_value", "level", "method",
    "status",
)  # fmt: skip
COMPARISON_COLUMNS = (
    "cohort", "indicator", "benchmark", "closeness", "outcome", "by_less_than_margin", "difference", "ci_low",
    "ci_high", "p", "tipping_base", "flips", "p_adjusted", "family_size",
)  # fmt: skip
DIFFERENCE_COLUMNS = (
    "compared_with", "subject_kind", "subject", "statistic", "cohort", "unit", "difference", "ci_low", "ci_high",
    "p_value", "p_adjusted", "correction", "family_size", "level", "verdict", "reason", "breaks",
)  # fmt: skip
RETURN_COLUMNS = tuple(RoleReturns.model_fields)
PAIR_COLUMNS = ("pair", "gap")
SUPPRESSION_COLUMNS = ("subject_kind", "statistic", "shown_as", "reason", "numbers")
INDICATOR_COLUMNS = ("indicator", "item")


def pack_of(computation: Computation) -> bytes:
    files = {name: (PROGRAM / name).read_text("utf-8") for name in PROGRAMS}
    files |= {f"definitions/{name}": text for name, text in computation.definitions.items()}
    files |= {
        "statement.csv": csv_text(("name", "value"), _statement(computation)),
        "returns.csv": csv_text(RETURN_COLUMNS, _returns(computation)),
        "release.csv": csv_text(("name", "value"), _facts(computation)),
        "estimates.csv": csv_text(("release", *ROW_COLUMNS, "receipt"), _rows(computation)),
        "comparisons.csv": csv_text(COMPARISON_COLUMNS, _comparisons(computation)),
        "differences.csv": csv_text(DIFFERENCE_COLUMNS, _differences(computation)),
        "pairs.csv": csv_text(PAIR_COLUMNS, _pairs(computation)),
        "suppression.csv": csv_text(SUPPRESSION_COLUMNS, suppression_cost(computation.rows).public_counts()),
        "indicators.csv": csv_text(
            INDICATOR_COLUMNS, ((indicator.code, indicator.item) for indicator in computation.indicators)
        ),
    }
    files["SHA256SUMS"] = "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(files.items())
    )
    return _zipped(files)


def _zipped(files: dict[str, str]) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, FILE_MODE
            archive.writestr(entry, text)
    return output.getvalue()


def _facts(computation: Computation) -> Iterator[tuple[str, object]]:
    """Yields only facts that are fixed by the computation. The date of publication, for example, is not one of
    them."""
    release = computation.release
    yield "release", release.slug
    yield "title", release.title
    yield "questionnaire", computation.facts.questionnaire.key
    yield "threshold", release.threshold
    yield "level", release.level
    yield "methods_version", computation.methods_version
    yield "definitions_digest", computation.definitions_digest
    yield "data_digest", computation.data_digest
    yield "finite_population", release.finite_population


def _statement(computation: Computation) -> Iterator[tuple[str, object]]:
    yield from computation.statement.model_dump(mode="json", exclude={"returns"}).items()


def _returns(computation: Computation) -> Iterator[tuple[object, ...]]:
    for role_returns in computation.statement.returns:
        yield tuple(getattr(role_returns, name) for name in RETURN_COLUMNS)


def _rows(computation: Computation) -> Iterator[tuple[object, ...]]:
    slug = computation.release.slug
    for row in computation.rows:
        yield (
            slug,
            *(getattr(row, name) for name in ROW_COLUMNS),
            number_address(slug, identity(row)),
        )


def _comparisons(computation: Computation) -> Iterator[tuple[object, ...]]:
    for row in computation.comparisons:
        if row.compared_with == "benchmark":
            yield (
                row.cohort,
                row.subject,
                row.benchmark,
                row.closeness,
                row.outcome,
                row.by_less_than_margin,
                row.difference,
                row.ci_low,
                row.ci_high,
                row.p_value,
                row.tipping_base,
                row.flips,
                row.p_adjusted,
                row.family_size,
            )


def _differences(computation: Computation) -> Iterator[tuple[object, ...]]:
    """Returns the comparisons other than those with published figures."""
    for row in computation.comparisons:
        if row.compared_with != "benchmark":
            columns = row.as_columns()
            yield tuple(columns[name] for name in DIFFERENCE_COLUMNS)


def _pairs(computation: Computation) -> Iterator[tuple[object, ...]]:
    for pair in computation.facts.questionnaire.core_pairs:
        yield pair.code, pair.gap
