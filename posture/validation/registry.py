"""Selects the checker of each file, with the tolerance of the set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from posture.validation import contrasts, disclosures, displays, formulas, samples, weights
from posture.validation.report import Compared, FileReport, reported

Checker = Callable[[Path], Iterator[Compared]]


@dataclass(frozen=True)
class Entry:
    check: Checker
    tolerance: float
    relative: bool = False


CHECKERS = {
    "proportion_intervals.csv": Entry(formulas.proportion_intervals, 1e-8),
    "wilson_effective_n.csv": Entry(formulas.wilson_effective_n, 1e-8),
    "difference_independent.csv": Entry(formulas.difference_independent, 1e-6),
    "difference_paired.csv": Entry(formulas.difference_paired, 1e-6),
    "mcnemar.csv": Entry(formulas.mcnemar, 1e-8),
    "multiplicity.csv": Entry(formulas.multiplicity, 1e-8),
    "minimum_detectable_difference.csv": Entry(formulas.minimum_detectable_difference, 1e-6),
    "benchmark_verdicts.csv": Entry(formulas.benchmark_verdicts, 1e-6),
    "published_anchors.csv": Entry(formulas.published_anchors, 1e-12),
    "rounding.json": Entry(displays.rounding, 0),
    "possible_percent.json": Entry(displays.possible_percent, 0),
    "percentiles.json": Entry(displays.percentiles, 1e-8),
    "expected_calibration.json": Entry(displays.expected_calibration, 1e-8),
    "expected_regression_artefact.json": Entry(displays.expected_regression_artefact, 1e-8),
    "expected_indicators.csv": Entry(samples.expected_indicators, 1e-8),
    "expected_bases.csv": Entry(samples.expected_bases, 1e-6),
    "expected_survey_proportions.csv": Entry(samples.expected_survey_proportions, 1e-6),
    "expected_org_scores.csv": Entry(samples.expected_org_scores, 1e-8),
    "expected_group_vs_rest.csv": Entry(samples.expected_group_vs_rest, 1e-6),
    "expected_survey_means_and_contrasts.csv": Entry(contrasts.expected_survey_means_and_contrasts, 1e-6),
    "expected_weights.csv": Entry(weights.expected_weights, 1e-5),
    "weighting.json": Entry(weights.weighting_settings, 1e-5),
    "expected_weighted_estimates.csv": Entry(weights.expected_weighted_estimates, 1e-4, relative=True),
    "disclosure_published_sets.json": Entry(disclosures.disclosure_published_sets, 0),
    "disclosure_attack_list.json": Entry(disclosures.disclosure_attack_list, 0),
    "edge_cases.json": Entry(samples.edge_cases, 1e-8),
}
READ_BY = {
    "respondents.csv": "expected_indicators.csv",
    "calibration.csv": "expected_calibration.json",
    "disclosure_microdata.csv": "disclosure_attack_list.json",
    "regression_artefact.csv": "expected_regression_artefact.json",
}


def reports(folder: Path) -> Iterator[FileReport]:
    """One report for each CSV and JSON file of the folder; a file without a checker is a failure."""
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".csv", ".json")):
        if (folder / READ_BY.get(path.name, "")).is_file():
            continue
        entry = CHECKERS.get(path.name)
        if entry is None:
            yield FileReport(path.name, 0, note="no checker understands this file")
            continue
        try:
            yield reported(path.name, entry.check(path), tolerance=entry.tolerance, relative=entry.relative)
        except (KeyError, ValueError, TypeError, OSError) as error:
            yield FileReport(path.name, entry.tolerance, note=f"{type(error).__name__}: {error}")
