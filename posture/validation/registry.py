"""Selects the checker of each file, with the tolerance of the set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from posture.validation import contrasts, disclosures, displays, formulas, samples, weights
from posture.validation.report import ComparedValue, FileReport, file_report

Checker = Callable[[Path], Iterator[ComparedValue]]


@dataclass(frozen=True)
class FileChecker:
    check: Checker
    tolerance: float
    relative: bool = False


CHECKERS = {
    "proportion_intervals.csv": FileChecker(formulas.proportion_intervals, 1e-8),
    "wilson_effective_n.csv": FileChecker(formulas.wilson_effective_n, 1e-8),
    "difference_independent.csv": FileChecker(formulas.difference_independent, 1e-6),
    "difference_paired.csv": FileChecker(formulas.difference_paired, 1e-6),
    "mcnemar.csv": FileChecker(formulas.mcnemar, 1e-8),
    "multiplicity.csv": FileChecker(formulas.multiplicity, 1e-8),
    "minimum_detectable_difference.csv": FileChecker(formulas.minimum_detectable_difference, 1e-6),
    "benchmark_verdicts.csv": FileChecker(formulas.benchmark_verdicts, 1e-6),
    "published_anchors.csv": FileChecker(formulas.published_anchors, 1e-12),
    "rounding.json": FileChecker(displays.rounding, 0),
    "possible_percent.json": FileChecker(displays.possible_percent, 0),
    "percentiles.json": FileChecker(displays.percentiles, 1e-8),
    "expected_calibration.json": FileChecker(displays.expected_calibration, 1e-8),
    "expected_regression_artefact.json": FileChecker(displays.expected_regression_artefact, 1e-8),
    "expected_indicators.csv": FileChecker(samples.expected_indicators, 1e-8),
    "expected_bases.csv": FileChecker(samples.expected_bases, 1e-6),
    "expected_survey_proportions.csv": FileChecker(samples.expected_survey_proportions, 1e-6),
    "expected_org_scores.csv": FileChecker(samples.expected_org_scores, 1e-8),
    "expected_group_vs_rest.csv": FileChecker(samples.expected_group_vs_rest, 1e-6),
    "expected_survey_means_and_contrasts.csv": FileChecker(
        contrasts.expected_survey_means_and_contrasts, 1e-6
    ),
    "expected_weights.csv": FileChecker(weights.expected_weights, 1e-5),
    "weighting.json": FileChecker(weights.weighting_settings, 1e-5),
    "expected_weighted_estimates.csv": FileChecker(weights.expected_weighted_estimates, 1e-4, relative=True),
    "disclosure_published_sets.json": FileChecker(disclosures.disclosure_published_sets, 0),
    "disclosure_attack_list.json": FileChecker(disclosures.disclosure_attack_list, 0),
    "edge_cases.json": FileChecker(samples.edge_cases, 1e-8),
}
READ_WITH = {
    "respondents.csv": "expected_indicators.csv",
    "calibration.csv": "expected_calibration.json",
    "disclosure_microdata.csv": "disclosure_attack_list.json",
    "regression_artefact.csv": "expected_regression_artefact.json",
}


def reports(folder: Path) -> Iterator[FileReport]:
    """One report for each CSV and JSON file of the folder; a file without a checker is a failure."""
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".csv", ".json")):
        if (folder / READ_WITH.get(path.name, "")).is_file():
            continue
        entry = CHECKERS.get(path.name)
        if entry is None:
            yield FileReport(path.name, 0, note="no checker understands this file")
            continue
        try:
            yield file_report(
                path.name, entry.check(path), tolerance=entry.tolerance, relative=entry.relative
            )
        except (KeyError, ValueError, TypeError, OSError) as error:
            yield FileReport(path.name, entry.tolerance, note=f"{type(error).__name__}: {error}")
