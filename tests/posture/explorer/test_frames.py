"""Tests the frame store, which keeps counted answers on disk: built once per data version, appended, rebuilt, opened
and cleaned up."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from stat import S_IMODE
from subprocess import PIPE, Popen
from sys import executable
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.cuts import cut
from posture.analysis.cubes.selection import Query
from posture.explorer import frame_store
from posture.explorer.frame_store import CubeStore
from posture.explorer.frames import (
    FRAME,
    FRAMES,
    MAX_PARTS,
    CubeState,
    RefreshOutcome,
    open_cube,
    refresh,
    refresh_all,
    request_refresh,
)
from posture.microdata.version import versions_of
from surveys.fieldwork import invitations
from surveys.jobs import job_queue, outbox
from surveys.models import Job, Organization, Response, Wave
from tests.support.answers import correct_answers
from tests.support.builders import NOW, chose, make_organization, make_response, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

SUBMITTED = NOW - timedelta(days=5)


@pytest.fixture(autouse=True)
def frames_folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    return tmp_path / "frames" / "small"


@pytest.fixture
def wave() -> Wave:
    wave = make_wave()
    for number in range(3):
        engineer(wave, number)
    return wave


def engineer(wave: Wave, number: int, *, minutes: int = 0, value: int = 40) -> Response:
    return make_response(
        wave,
        make_organization(f"organization-{number}", sector="healthcare" if number % 2 else "retail"),
        "engineer",
        {"COUNT": percent(number + 1), "A-R": percent(value), "I-R": chose("yes" if number % 3 else "no")},
        submit=True,
        at=SUBMITTED + timedelta(minutes=minutes),
    )


def cut_values(cube: Cube) -> tuple[np.ndarray, ...]:
    sector_cut = cut(cube, Query(breaks=((), ("sector",))), k=5)
    return sector_cut.base, sector_cut.unweighted.value, sector_cut.weighted_base, sector_cut.unweighted.low


def has_equal_values(first: Cube, second: Cube) -> bool:
    return all(
        np.allclose(a, b, equal_nan=True) for a, b in zip(cut_values(first), cut_values(second), strict=True)
    )


def current_cube() -> Cube:
    snapshot_cube = open_cube("small").cube
    assert snapshot_cube is not None
    return snapshot_cube


def test_state_is_preparing_until_the_first_build(wave: Wave) -> None:
    assert open_cube("small").state == CubeState.PREPARING
    assert open_cube("small").cube is None
    assert refresh_all(at=NOW) == {"small": RefreshOutcome.BUILT}
    snapshot = open_cube("small")
    assert (snapshot.state, snapshot.built_at) == (CubeState.READY, NOW)
    assert cut_values(current_cube())[0].max() == 3


def test_the_same_version_is_built_once(wave: Wave) -> None:
    assert refresh("small", at=NOW) == RefreshOutcome.BUILT
    assert refresh("small", at=NOW + timedelta(hours=1)) == RefreshOutcome.UNCHANGED


def test_a_saved_but_unsubmitted_answer_changes_nothing(wave: Wave) -> None:
    refresh("small", at=NOW)
    make_response(wave, make_organization("late"), "engineer", {"COUNT": percent(1)})
    assert open_cube("small").state == CubeState.READY
    assert refresh("small", at=NOW) == RefreshOutcome.UNCHANGED


def test_new_organisations_are_added_and_give_the_numbers_of_a_build_from_nothing(
    wave: Wave, frames_folder: Path
) -> None:
    refresh("small", at=NOW)
    for number in range(3, 9):
        engineer(wave, number, minutes=number)
        assert open_cube("small").state == CubeState.STALE
        assert refresh("small", at=NOW) == RefreshOutcome.APPENDED
    assert open_cube("small").state == CubeState.READY
    appended = current_cube()
    assert len(appended.parts) == 7
    (frames_folder / "current.json").unlink()
    assert refresh("small", at=NOW) == RefreshOutcome.BUILT
    assert has_equal_values(appended, Cube.build(appended.rows()))
    assert cut_values(appended)[0].max() == 9


def test_many_appended_parts_are_merged(wave: Wave) -> None:
    refresh("small", at=NOW)
    for number in range(3, 4 + MAX_PARTS):
        engineer(wave, number, minutes=number)
        assert refresh("small", at=NOW) == RefreshOutcome.APPENDED
    assert len(current_cube().parts) < MAX_PARTS
    assert cut_values(current_cube())[0].max() == 4 + MAX_PARTS


def test_another_role_of_a_known_organisation_is_counted_by_a_build(wave: Wave) -> None:
    refresh("small", at=NOW)
    make_response(
        wave,
        wave.invitations.earliest("pk").organization,
        "executive",
        {"A-C": percent(90)},
        submit=True,
        at=SUBMITTED + timedelta(minutes=1),
    )
    assert refresh("small", at=NOW + timedelta(hours=1)) == RefreshOutcome.BUILT
    measures = {measure.key: column for column, measure in enumerate(current_cube().frame.measures)}
    total = cut(current_cube(), Query(), k=5)
    assert total.base[0, measures["pair|A-P|gap|"]] == 1
    assert total.unweighted.value[0, measures["pair|A-P|gap|"]] == 50


def test_a_corrected_answer_is_counted(wave: Wave) -> None:
    refresh("small", at=NOW)
    response = Response.objects.earliest("pk")
    correct_answers(response, {"COUNT": percent(7)}, at=NOW)
    assert refresh("small", at=NOW + timedelta(hours=1)) == RefreshOutcome.BUILT
    measures = {measure.key: column for column, measure in enumerate(current_cube().frame.measures)}
    total = cut(current_cube(), Query(), k=5)
    assert total.unweighted.value[0, measures["item|COUNT|mean|"]] == 4, "7, 2 and 3"


def test_a_revoked_invitation_is_no_longer_counted(wave: Wave) -> None:
    refresh("small", at=NOW)
    invitations.revoke(wave.invitations.earliest("pk"), at=NOW)
    assert refresh("small", at=NOW + timedelta(hours=1)) == RefreshOutcome.BUILT
    assert cut_values(current_cube())[0].max() == 2


def test_a_deleted_response_is_no_longer_counted_even_when_another_came(wave: Wave) -> None:
    refresh("small", at=NOW)
    engineer(wave, 7, minutes=7, value=90)
    Response.objects.earliest("pk").delete()
    assert open_cube("small").state == CubeState.STALE
    assert refresh("small", at=NOW + timedelta(hours=1)) == RefreshOutcome.BUILT
    assert cut_values(current_cube())[0].max() == 3
    assert Response.objects.latest("pk").invitation.organization_id in current_cube().rows().organizations


def test_an_organisation_is_counted_in_the_cohort_that_it_came_into(wave: Wave) -> None:
    refresh("small", at=NOW)
    assert counted_in("retail") == 2
    Organization.objects.filter(slug="organization-0").update(sector="healthcare")
    assert open_cube("small").state == CubeState.STALE
    assert refresh("small", at=NOW + timedelta(hours=1)) == RefreshOutcome.BUILT
    assert counted_in("retail") == 1
    assert counted_in("healthcare") == 2


def counted_in(sector: str) -> int:
    frame = current_cube().rows()
    column = frame.place("sector")
    return int((frame.segments[:, column] == frame.dimensions[column].codes.index(sector)).sum())


def test_a_response_with_an_earlier_date_is_counted_by_a_build(wave: Wave) -> None:
    refresh("small", at=NOW)
    engineer(wave, 5, minutes=-60)
    assert open_cube("small").state == CubeState.STALE
    assert refresh("small", at=NOW + timedelta(hours=1)) == RefreshOutcome.BUILT
    assert cut_values(current_cube())[0].max() == 4


def test_a_response_submitted_during_a_refresh_is_counted_by_the_next_refresh(
    wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh("small", at=NOW)
    engineer(wave, 3, minutes=3)
    versions = versions_of("small")
    engineer(wave, 4, minutes=4)
    with monkeypatch.context() as patch:
        patch.setattr("posture.explorer.frames.versions_of", lambda _: versions)
        assert refresh("small", at=NOW) == RefreshOutcome.APPENDED
    assert (open_cube("small").state, cut_values(current_cube())[0].max()) == (CubeState.STALE, 4)
    assert refresh("small", at=NOW) == RefreshOutcome.APPENDED
    assert (open_cube("small").state, cut_values(current_cube())[0].max()) == (CubeState.READY, 5)


def test_appending_does_not_query_counted_responses(wave: Wave) -> None:
    refresh("small", at=NOW)
    engineer(wave, 3, minutes=3)
    with CaptureQueriesContext(connection) as queries:
        assert refresh("small", at=NOW) == RefreshOutcome.APPENDED
    response_queries = [query["sql"] for query in queries if '"surveys_response"' in query["sql"]]
    assert response_queries
    for sql in response_queries:
        assert 'submitted_at" > ' in sql or 'organization_id" IN (' in sql, sql


def test_a_manifest_with_fields_of_another_version_is_ignored(wave: Wave, frames_folder: Path) -> None:
    refresh("small", at=NOW)
    manifest = frames_folder / "current.json"
    manifest.write_text(manifest.read_text().replace('"submissions"', '"responses"'))
    assert open_cube("small").state == CubeState.PREPARING
    assert refresh("small", at=NOW) == RefreshOutcome.BUILT


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut short": truncate,
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "another format": lambda path: path.write_bytes(b"[]"),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_built_again(wave: Wave, frames_folder: Path, damage: str) -> None:
    """Damages each file in turn, as a process that starts afterwards finds it."""
    refresh("small", at=NOW)
    undamaged = current_cube()
    files = sorted(path.relative_to(frames_folder) for path in frames_folder.rglob("*") if path.is_file())
    damaged = [file for file in files if file.name != "lock" and (frames_folder / file).stat().st_size]
    assert {file.suffix for file in damaged} == {".json", ".npy"}
    for file in damaged:
        DAMAGES[damage](frames_folder / file)
        frame_store._load_mapped.cache_clear()
        assert open_cube("small").state in (CubeState.PREPARING, CubeState.STALE), file
        assert refresh("small", at=NOW + timedelta(hours=1)) == RefreshOutcome.BUILT, file
        frame_store._load_mapped.cache_clear()
        assert open_cube("small").state == CubeState.READY, file
        assert has_equal_values(current_cube(), undamaged), file


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", ".."),
        ("version", "/"),
        ("built_at", "yesterday"),
        ("built_at", 7),
        ("waves", 3),
        ("waves", [1]),
    ],
)
def test_a_manifest_with_an_invalid_field_is_ignored(
    wave: Wave, frames_folder: Path, field: str, value: Any
) -> None:
    refresh("small", at=NOW)
    manifest = frames_folder / "current.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {field: value}))
    assert open_cube("small").state == CubeState.PREPARING
    assert refresh("small", at=NOW) == RefreshOutcome.BUILT


def test_a_long_build_is_not_repeated_at_once(wave: Wave, frames_folder: Path) -> None:
    refresh("small", at=NOW)
    manifest = frames_folder / "current.json"
    store = CubeStore.of("small")
    seconds = store.manifest().seconds  # type: ignore[union-attr]
    manifest.write_text(manifest.read_text().replace(str(seconds), "60.0"))
    invitations.revoke(wave.invitations.earliest("pk"), at=NOW)
    assert refresh("small", at=NOW + timedelta(minutes=9)) == RefreshOutcome.POSTPONED
    assert refresh("small", at=NOW + timedelta(minutes=11)) == RefreshOutcome.BUILT


def test_one_process_builds_and_the_others_do_not(wave: Wave, frames_folder: Path) -> None:
    refresh("small", at=NOW)
    engineer(wave, 5, minutes=5)
    lock_program = (
        "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX);"
        " print(flush=True); input()"
    )
    with Popen(
        [executable, "-c", lock_program, str(frames_folder / "lock")], stdin=PIPE, stdout=PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert refresh("small", at=NOW) == RefreshOutcome.BUSY
        assert open_cube("small").state == CubeState.STALE
        process.kill()
    assert refresh("small", at=NOW) == RefreshOutcome.APPENDED, "the lock ended with the process"


def test_files_are_private_and_old_versions_are_removed(wave: Wave, frames_folder: Path) -> None:
    refresh("small", at=NOW)
    for number in range(3, 8):
        engineer(wave, number, minutes=number)
        refresh("small", at=NOW)
    folders = [path for path in frames_folder.iterdir() if path.is_dir()]
    assert len(folders) == 2, "the present one, and the one that a request may be opening"
    modes = {path.is_dir(): S_IMODE(path.stat().st_mode) for path in frames_folder.rglob("*")}
    assert modes == {True: 0o700, False: 0o600}
    assert S_IMODE(frames_folder.stat().st_mode) == S_IMODE(frames_folder.parent.stat().st_mode) == 0o700


def test_unfinished_folders_are_removed(wave: Wave, frames_folder: Path) -> None:
    refresh("small", at=NOW)
    (frames_folder / ".unfinished-left").mkdir()
    (frames_folder / ".unfinished-left" / "half.npy").touch()
    refresh("small", at=NOW)
    assert not list(frames_folder.glob(".unfinished-*"))
    assert open_cube("small").state == CubeState.READY


def test_opening_reads_no_answer_and_maps_the_files(wave: Wave) -> None:
    refresh("small", at=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = current_cube()
    assert len(queries) == 1
    assert "surveys_answer" not in queries[0]["sql"]
    mapped = Path(f"/proc/{os.getpid()}/maps")
    if mapped.exists():
        assert "sums.npy" in mapped.read_text()
    assert open_cube("small").cube is found, "once in a process"


def test_the_clock_and_the_explorer_reach_the_worker(wave: Wave) -> None:
    job_queue.queue_periodic_jobs(at=NOW)
    (clock,) = Job.objects.filter(kind=FRAMES)
    assert job_queue.carry_out_now(clock.key, at=NOW) == outbox.JobOutcome.DONE
    assert open_cube("small").state == CubeState.READY
    engineer(wave, 5, minutes=5)
    request_refresh("small", at=NOW)
    request_refresh("small", at=NOW)
    (asked,) = Job.objects.filter(kind=FRAME)
    assert job_queue.carry_out_now(asked.key, at=NOW) == outbox.JobOutcome.DONE
    assert len(current_cube().parts) == 2
