"""Tests the pack of a release: it contains exactly the released numbers, and its programs object if and only if a
number is altered. The programs run as an outside reader runs them, in a separate process from the unpacked file."""

import csv
import hashlib
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from posture.models import Pack, Release, TargetSet
from posture.releases import lifecycle
from posture.releases.lifecycle import compute_release, publish_release, request_release, withdraw_release
from posture.releases.packs.build import ROW_COLUMNS, pack_of
from posture.releases.packs.checking import disagreements
from surveys.models import Wave
from tests.support.builders import NOW
from tests.surveys.imports.test_importer import MAPPING, REAL_FILE

pytestmark = pytest.mark.django_db

Change = Callable[[dict[str, str]], bool]


@pytest.fixture
def release(demo_of_60: None, db: None) -> Release:
    return Release.objects.get(slug="ai-agent-security-2026-spring-r1")


@pytest.fixture
def real(release: Release) -> Release:
    call_command("import_responses", REAL_FILE, mapping=MAPPING, verbosity=0)
    requested = request_release(Wave.objects.get(slug=MAPPING).pk, by=release.requested_by, at=NOW)
    compute_release(requested.pk, at=NOW)
    publish_release(requested, by=release.requested_by, at=NOW)
    return Release.objects.get(pk=requested.pk)


@pytest.fixture(params=["python", "R"])
def verified(request: pytest.FixtureRequest) -> Callable[[Path], tuple[int, str]]:
    if request.param == "R" and shutil.which("Rscript") is None:
        pytest.skip("no R on this machine")
    command = [sys.executable, "verify.py"] if request.param == "python" else ["Rscript", "verify.R"]

    def run(folder: Path) -> tuple[int, str]:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def packs() -> dict[str, bytes]:
    """The packs of releases that a test computed for one program and another test checks with the other."""
    return {}


def downloaded(release: Release) -> bytes:
    return Client().get(f"/releases/{release.slug}/pack.zip").content


def unpacked(content: bytes, folder: Path) -> Path:
    zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
    return folder


def replaced(release: Release, *, reason: str, **options: Any) -> bytes:
    """Publishes a release of the same wave with other options in place of this one. Returns its pack."""
    requested = request_release(release.wave_id, by=release.requested_by, at=NOW, **options)
    compute_release(requested.pk, at=NOW)
    withdraw_release(release, reason=reason, by="analyst", at=NOW)
    Release.objects.filter(pk=requested.pk).update(status="published", published_at=NOW)
    return downloaded(requested)


def altered(path: Path, change: Change) -> None:
    """Alters the first row that `change` accepts. The checksums are computed again, so that only the numbers
    differ."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert any(change(row) for row in rows)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sums = path.parent / "SHA256SUMS"
    lines = [line.split("  ") for line in sums.read_text().splitlines()]
    fresh = [
        f"{hashlib.sha256((path.parent / name).read_bytes()).hexdigest()}  {name}\n" for _, name in lines
    ]
    sums.write_text("".join(fresh))


def setting(column: str, new: Callable[[str], str], **where: str) -> Change:
    def change(row: dict[str, str]) -> bool:
        if not row[column] or any(row[name] != value for name, value in where.items()):
            return False
        row[column] = new(row[column])
        return True

    return change


def plus(amount: float) -> Callable[[str], str]:
    return lambda text: repr(float(text) + amount)


def test_the_programs_agree_with_the_demonstration(
    release: Release, tmp_path: Path, verified: Callable[[Path], tuple[int, str]]
) -> None:
    code, text = verified(unpacked(downloaded(release), tmp_path))
    assert (code, text.splitlines()[-1]) == (0, "0 disagreements.")
    for kind in (
        "intervals of shares",
        "intervals of means",
        "differences from the rest",
        "gaps are differences",
        "intervals of paired",
        "net gaps",
        "lowest and highest possible",
        "verdicts",
        "p-values",
        "tipping bases",
        "families",
        "withheld rows",
    ):
        derived = [int(line.split()[0]) for line in text.splitlines() if kind in line]
        assert derived, kind
        assert derived[0] > 0, kind


def test_the_programs_agree_with_a_weighted_release(
    release: Release,
    tmp_path: Path,
    verified: Callable[[Path], tuple[int, str]],
    packs: dict[str, bytes],
) -> None:
    if "weighted" not in packs:
        targets = TargetSet.objects.get()
        packs["weighted"] = replaced(release, reason="Now weighted.", targets=targets, weighting="raking")
    folder = unpacked(packs["weighted"], tmp_path)
    code, text = verified(folder)
    assert (code, text.splitlines()[-1]) == (0, "0 disagreements.")
    assert "intervals of weighted shares" in text
    assert "design effects" in text
    assert (folder / "definitions" / "targets.csv").read_text().startswith("dimension,category,count\n")
    altered(folder / "estimates.csv", setting("effective_base", plus(2), method="wilson_jackknife", bound=""))
    assert verified(folder)[0] == 1


def test_they_object_to_limits_of_all_inside_those_of_the_asked(
    release: Release, tmp_path: Path, verified: Callable[[Path], tuple[int, str]]
) -> None:
    folder = unpacked(downloaded(release), tmp_path)
    asked = release.estimates.filter(
        statistic="lowest_possible", cohort="all", status="published", unit="share"
    )
    both = asked.filter(subject__in=release.estimates.filter(
        statistic="lowest_possible_of_all", cohort="all", status="published").values("subject"))  # fmt: skip
    change = setting(
        "value",
        plus(0.9),
        statistic="lowest_possible_of_all",
        cohort="all",
        subject=both.values_list("subject", flat=True)[0],
    )
    altered(folder / "estimates.csv", change)
    code, text = verified(folder)
    assert code == 1
    assert "lowest_possible_of_all" in text


@pytest.mark.parametrize("outside", [0, 20])
def test_the_programs_agree_with_a_release_that_is_corrected_for_its_frame(
    release: Release,
    tmp_path: Path,
    verified: Callable[[Path], tuple[int, str]],
    packs: dict[str, bytes],
    outside: int,
) -> None:
    """Also where the whole frame takes part, so that the numbers of all have no uncertainty."""
    name = f"corrected for {outside} others"
    if name not in packs:
        size = (release.organizations or 0) + outside
        Wave.objects.filter(pk=release.wave_id).update(population_size=size)
        packs[name] = replaced(release, reason="Now corrected.", finite_population=True)
    folder = unpacked(packs[name], tmp_path)
    code, text = verified(folder)
    assert (code, text.splitlines()[-1]) == (0, "0 disagreements.")
    for kind in (
        "intervals of shares of a frame",
        "effective bases of a frame",
        "intervals of paired shares of a frame",
        "differences from the rest of a frame",
        "limits of all organisations",
    ):
        assert kind in text, kind
    altered(folder / "estimates.csv", setting("effective_base", plus(2), method="wilson_fpc", bound=""))
    assert verified(folder)[0] == 1


def test_the_programs_agree_with_a_survey_that_nobody_here_made(
    real: Release, tmp_path: Path, verified: Callable[[Path], tuple[int, str]]
) -> None:
    code, text = verified(unpacked(downloaded(real), tmp_path))
    assert (code, text.splitlines()[-1]) == (0, "0 disagreements.")
    assert "9 comparisons" in text


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("estimates.csv", setting("value", plus(0.001), method="wilson", bound="", status="published")),
        ("estimates.csv", setting("ci_low", plus(-0.0001), method="wilson", bound="", status="published")),
        ("estimates.csv", setting("base", plus(1), method="wilson", bound="", status="published")),
        ("estimates.csv", setting("ci_high", plus(0.001), method="t", unit="points", status="published")),
        ("estimates.csv", setting("se", plus(0.01), method="t", unit="percent", status="published")),
        ("estimates.csv", setting("value", plus(1), statistic="gap", method="tango", status="published")),
        ("estimates.csv", setting("ci_low", plus(-0.1), statistic="gap", method="tango", status="published")),
        ("estimates.csv", setting("status", lambda _: "suppressed", status="published")),
        ("comparisons.csv", setting("outcome", lambda _: "higher", outcome="lower")),
        ("comparisons.csv", setting("outcome", lambda _: "lower", outcome="not_like_for_like")),
        ("comparisons.csv", setting("difference", plus(0.001))),
        ("comparisons.csv", setting("ci_low", plus(0.0001))),
        ("comparisons.csv", setting("p", plus(0.001))),
        ("comparisons.csv", setting("tipping_base", plus(1))),
        ("comparisons.csv", setting("p_adjusted", plus(0.001))),
        ("comparisons.csv", setting("family_size", lambda _: "1")),
        ("differences.csv", setting("verdict", lambda _: "not_clear_together", verdict="higher")),
        ("differences.csv", setting("verdict", lambda _: "higher", verdict="no_clear_difference")),
        ("differences.csv", setting("verdict", lambda _: "about_the_same", verdict="no_clear_difference")),
        ("differences.csv", setting("reason", lambda _: "withheld", reason="small_base")),
        ("differences.csv", setting("difference", plus(0.001), compared_with="rest")),
        ("differences.csv", setting("p_value", plus(0.0001), compared_with="zero")),
        ("differences.csv", setting("p_adjusted", plus(0.001), compared_with="earlier_wave")),
        ("differences.csv", setting("family_size", lambda _: "1", compared_with="rest")),
    ],
)
def test_another_number_is_noticed(
    release: Release, tmp_path: Path, verified: Callable[[Path], tuple[int, str]], file: str, change: Change
) -> None:
    folder = unpacked(downloaded(release), tmp_path)
    altered(folder / file, change)
    code, text = verified(folder)
    assert code == 1
    assert "DISAGREES" in text


def repacked(content: bytes, folder: Path, change: Change) -> bytes:
    zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
    altered(folder / "estimates.csv", change)
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(folder).as_posix())
    return output.getvalue()


def test_a_release_whose_own_programs_disagree_is_not_published(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base of one share differs from that of its interval."""
    change = setting("base", plus(1), method="wilson", bound="", status="published")
    monkeypatch.setattr(lifecycle, "pack_of", lambda found: repacked(pack_of(found), tmp_path, change))
    requested = request_release(release.wave_id, by=release.requested_by, at=NOW)
    compute_release(requested.pk, at=NOW)
    requested.refresh_from_db()
    assert requested.status == Release.Status.FAILED
    assert requested.failure.startswith("The programs of the pack disagree with it: verify.py: ")
    assert not Pack.objects.filter(release=requested).exists()


def test_a_base_below_the_threshold_is_an_objection(release: Release, tmp_path: Path) -> None:
    content = bytes(Pack.objects.get(release=release).content)
    assert disagreements(content) == []
    small = setting("base", lambda _: "9", statistic="nonresponse", status="published")
    found = disagreements(repacked(content, tmp_path, small))
    programs = {line.partition(":")[0] for line in found}
    assert programs == {"verify.py", "verify.R"} if shutil.which("Rscript") else {"verify.py"}
    assert "base 9.0 below 10" in found[0]


def test_a_program_that_cannot_run_is_an_objection(release: Release, tmp_path: Path) -> None:
    content = bytes(Pack.objects.get(release=release).content)
    no_number = repacked(content, tmp_path, setting("base", lambda _: "many", status="published"))
    assert "ended with code 1" in disagreements(no_number)[0]


def test_another_file_is_noticed_by_its_digest(release: Release, tmp_path: Path) -> None:
    folder = unpacked(downloaded(release), tmp_path)
    path = folder / "definitions" / "questionnaire.toml"
    path.write_text(path.read_text().replace(release.wave.questionnaire.version, "2026.9"))
    done = subprocess.run([sys.executable, "verify.py"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1
    assert "DISAGREES  definitions/questionnaire.toml" in done.stdout
    assert "DISAGREES  definitions:" in done.stdout


def test_the_table_is_exactly_what_was_released(release: Release, tmp_path: Path) -> None:
    with (unpacked(downloaded(release), tmp_path) / "estimates.csv").open(newline="") as file:
        packed = list(csv.DictReader(file))
    stored = list(release.estimates.order_by("id"))
    assert len(packed) == len(stored)
    for row, one in zip(packed, stored, strict=True):
        cells = ["" if (cell := getattr(one, name)) is None else str(cell) for name in ROW_COLUMNS]
        assert [row[name] for name in ROW_COLUMNS] == cells
        assert row["receipt"] == one.get_absolute_url()


def test_the_same_answers_give_the_same_bytes(release: Release) -> None:
    kept = Pack.objects.get(release=release)
    before = bytes(kept.content)
    assert kept.digest == hashlib.sha256(before).hexdigest()
    Release.objects.filter(pk=release.pk).update(status="waiting")
    compute_release(release.pk, at=NOW)
    assert bytes(Pack.objects.get(release=release).content) == before


def test_the_page_names_the_digest_of_what_is_downloaded(release: Release) -> None:
    page = Client().get(f"/releases/{release.slug}/about/").content.decode()
    answer = Client().get(f"/releases/{release.slug}/pack.zip")
    assert hashlib.sha256(answer.content).hexdigest() in page
    assert answer["Content-Type"] == "application/zip"


def test_a_draft_is_for_analysts_and_a_withdrawn_release_is_gone(release: Release) -> None:
    address = f"/releases/{release.slug}/pack.zip"
    draft = request_release(release.wave_id, by=release.requested_by, at=NOW)
    compute_release(draft.pk, at=NOW)
    assert Client().get(f"/releases/{draft.slug}/pack.zip").status_code == 404
    analyst = Client()
    analyst.force_login(release.requested_by)
    assert analyst.get(f"/releases/{draft.slug}/pack.zip").status_code == 200
    withdraw_release(release, reason="Wrong.", by="analyst", at=NOW)
    assert Client().get(address).status_code == 410


def test_nothing_in_a_pack_names_an_organisation_or_a_person(release: Release, tmp_path: Path) -> None:
    folder = unpacked(downloaded(release), tmp_path)
    organizations: Any = Wave.objects.get(pk=release.wave_id).invitations.select_related("organization")
    texts = [path.read_text() for path in files(folder)]
    for invitation in organizations:
        for word in (invitation.organization.name, invitation.organization.slug, invitation.address):
            assert not any(word in text for text in texts)


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
