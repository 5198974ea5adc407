"""Tests every method against every file of expected numbers, and that the check can fail."""

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from posture.methods import intervals, proportions
from posture.validation import coding, registry
from posture.validation.registry import CHECKERS, READ_WITH, reports

pytestmark = pytest.mark.long

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "methods"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "methods"))


def failed(folder: Path) -> set[str]:
    return {report.name for report in reports(folder) if not report.has_passed}


def test_every_value_of_every_file_is_within_its_tolerance() -> None:
    found = {report.name: report for report in reports(FOLDER)}
    assert found.keys() == CHECKERS.keys()
    assert {name: report.failures[:3] for name, report in found.items() if not report.has_passed} == {}
    assert sum(report.checked for report in found.values()) > 17_000


def test_the_command_prints_a_line_for_each_file_and_fails_when_one_does(folder: Path) -> None:
    out = StringIO()
    call_command("validate_methods", FOLDER, stdout=out)
    assert f"{len(CHECKERS)} of {len(CHECKERS)} files pass." in out.getvalue()
    table = folder / "mcnemar.csv"
    table.write_text(table.read_text().replace("0.0390625", "0.0390626", 1))
    with pytest.raises(SystemExit, match="1"):
        call_command("validate_methods", folder, stdout=out)


@pytest.mark.parametrize("name", sorted(CHECKERS))
def test_a_changed_number_is_noticed(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CHECKERS", {name: CHECKERS[name]})
    path = folder / name
    if path.suffix == ".json":
        path.write_text(json.dumps(changed(json.loads(path.read_text()))))
    else:
        head, *lines = path.read_text().splitlines()
        path.write_text("\n".join([head, *(line.replace("1", "2").replace("0.", "0.7") for line in lines)]))
    (report,) = (report for report in reports(folder) if report.name == name)
    assert not report.has_passed
    assert "no checker" not in report.note


def changed(value: object) -> object:
    if isinstance(value, dict):
        return {key: changed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [changed(one) for one in value]
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else value


def test_a_file_that_nobody_understands_is_a_failure(folder: Path) -> None:
    (folder / "surprise.csv").write_text("a,b\n1,2\n")
    assert failed(folder) == {"surprise.csv"}


@pytest.mark.parametrize("name", sorted(READ_WITH))
def test_data_without_its_expectations_is_a_failure(folder: Path, name: str) -> None:
    (folder / READ_WITH[name]).unlink()
    assert name in failed(folder)


def test_an_empty_file_is_a_failure(folder: Path) -> None:
    path = folder / "mcnemar.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert failed(folder) == {"mcnemar.csv"}


def test_a_wrong_interval_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def wald(x: float, n: float, *, level: float) -> intervals.Interval:
        reach = intervals.normal_quantile(level) * intervals.share_se(x / n, n)
        return intervals.Interval(max(0.0, x / n - reach), min(1.0, x / n + reach))

    monkeypatch.setitem(proportions.INTERVALS, "wilson", wald)
    assert {"proportion_intervals.csv", "published_anchors.csv"} <= failed(FOLDER)


def test_a_dont_know_that_counts_as_no_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(coding.YES_NO, "policy_yes_exdk", ("q_policy", ("yes",), True))
    assert {"expected_indicators.csv"} <= failed(FOLDER)


def test_a_folder_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no folder"):
        call_command("validate_methods", tmp_path / "nowhere")
    with pytest.raises(CommandError, match="no CSV or JSON"):
        call_command("validate_methods", tmp_path)
