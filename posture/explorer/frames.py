"""The counted answers of a questionnaire: the worker builds and refreshes them, web processes open them. No request
builds them."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from posture.analysis.answers.wave_data import WaveData
from posture.analysis.cubes.cube import Cube
from posture.analysis.cubes.frame import Frame
from posture.analysis.cubes.measures import WaveAnswers, empty_wave, frame_of_waves
from posture.analysis.cubes.reweighting import Reweighted
from posture.explorer.frame_store import CountedWave, CubeStore, Manifest
from posture.methods import VERSION
from posture.microdata import microdata_of, microdata_of_organizations
from posture.microdata.version import (
    WaveVersion,
    fielded_questionnaires,
    submitted_between,
    tallies_of,
    versions_of,
)
from posture.models import TargetSet
from posture.stored_definitions import catalogue
from surveys.jobs import outbox

FRAMES, FRAME = "frames", "frame"
REQUEST_PERIOD_SECONDS = 10
MAX_PARTS = 16
MAX_APPENDED = 20_000
REBUILD_WAIT_FACTOR = 10


class CubeState(StrEnum):
    READY = "ready"
    STALE = "stale"
    PREPARING = "preparing"


class RefreshOutcome(StrEnum):
    UNCHANGED = "unchanged"
    BUILT = "built"
    APPENDED = "appended"
    BUSY = "busy"
    POSTPONED = "postponed"


@dataclass(frozen=True)
class CubeSnapshot:
    """cube: None while the first one is being built. STALE: answers were added or changed and are not yet counted."""

    state: CubeState
    cube: Cube | None
    built_at: datetime | None


def open_cube(questionnaire: str) -> CubeSnapshot:
    """Returns the current cube, mapped into memory. Uses one small query and reads no answers."""
    store = CubeStore.of(questionnaire)
    manifest = store.manifest()
    if manifest is None:
        return CubeSnapshot(CubeState.PREPARING, None, None)
    counted = {wave.wave: (wave.submissions, wave.changes) for wave in manifest.waves if wave.submissions}
    cube = store.cube(manifest)
    if cube is None:
        return CubeSnapshot(CubeState.PREPARING, None, None)
    is_stale = store.is_being_built() or counted != tallies_of(questionnaire)
    built_at = datetime.fromisoformat(manifest.built_at)
    return CubeSnapshot(CubeState.STALE if is_stale else CubeState.READY, cube, built_at)


def weighted_to(questionnaire: str, targets: TargetSet) -> Reweighted | None:
    """Returns the cube of `opened`, weighted to population targets from its sums. None: nothing is counted yet."""
    store = CubeStore.of(questionnaire)
    manifest = store.manifest()
    return None if manifest is None else store.weighted(manifest, targets.margins)


def request_refresh(questionnaire: str, *, at: datetime) -> None:
    """Queues a job that counts new answers. Several requests within seconds queue it once."""
    period = int(at.timestamp() // REQUEST_PERIOD_SECONDS)
    outbox.queue(FRAME, {"questionnaire": questionnaire}, key=f"{FRAME}:{questionnaire}@{period}", at=at)


def refresh_all(*, at: datetime) -> dict[str, RefreshOutcome]:
    return {questionnaire: refresh(questionnaire, at=at) for questionnaire in fielded_questionnaires()}


def refresh(questionnaire: str, *, at: datetime) -> RefreshOutcome:
    """Updates the cube to the current answers. Adds the responses of organisations that are new in their wave. After
    any other change it builds the cube again, unless the last build was recent: a build of one minute is not repeated
    within ten. BUSY: another process does it."""
    store = CubeStore.of(questionnaire)
    with store.lock() as has_lock:
        if not has_lock:
            return RefreshOutcome.BUSY
        store.remove_unfinished()
        old_manifest, versions = store.manifest(), versions_of(questionnaire)
        new_manifest = _manifest(questionnaire, versions, at)
        cube = store.cube(old_manifest) if old_manifest is not None else None
        if old_manifest is not None and cube is not None:
            if old_manifest.version == new_manifest.version:
                return RefreshOutcome.UNCHANGED
            rows = _added_rows(questionnaire, old_manifest, new_manifest, versions)
            if rows is not None and _append(store, cube, old_manifest, new_manifest, rows):
                return RefreshOutcome.APPENDED
            if at < datetime.fromisoformat(old_manifest.built_at) + timedelta(
                seconds=REBUILD_WAIT_FACTOR * old_manifest.seconds
            ):
                return RefreshOutcome.POSTPONED
        started = time.perf_counter()
        data = {version.slug: microdata_of(version.wave_id).data for version in versions}
        cube = Cube.build(_frame(questionnaire, versions, data))
        del data
        store.store(cube, replace(new_manifest, seconds=time.perf_counter() - started))
        return RefreshOutcome.BUILT


def _append(
    store: CubeStore, cube: Cube, old_manifest: Manifest, new_manifest: Manifest, rows: Frame
) -> bool:
    """Adds rows to the cube. Returns False if an organisation is already in the cube, because a response arrived
    between the count and the reading."""
    try:
        extended = cube.append(rows)
    except ValueError:
        return False
    if len(extended.parts) > MAX_PARTS:
        store.store(Cube.build(extended.rows()), replace(new_manifest, seconds=old_manifest.seconds))
    else:
        store.store(extended, replace(new_manifest, seconds=old_manifest.seconds), extended_from=old_manifest)
    return True


def _added_rows(
    questionnaire: str, old_manifest: Manifest, new_manifest: Manifest, versions: tuple[WaveVersion, ...]
) -> Frame | None:
    """Returns the new rows if the only change is new organisations in their waves; otherwise None."""
    if old_manifest.definitions != new_manifest.definitions or len(old_manifest.waves) != len(
        new_manifest.waves
    ):
        return None
    data: dict[str, WaveData] = {}
    for version, old_wave, new_wave in zip(versions, old_manifest.waves, new_manifest.waves, strict=True):
        if replace(old_wave, submissions=new_wave.submissions, latest=new_wave.latest) != new_wave:
            return None
        if old_wave == new_wave:
            continue
        count = new_wave.submissions - old_wave.submissions
        if not 0 < count <= MAX_APPENDED:
            return None
        organizations = submitted_between(version.wave_id, _parsed_time(old_wave.latest), version.latest)
        if len(organizations) != count:
            return None
        microdata = microdata_of_organizations(version.wave_id, sorted(set(organizations)))
        if microdata.responses != len(organizations):
            return None
        data[version.slug] = microdata.data
    return _frame(questionnaire, versions, data)


def _frame(questionnaire: str, versions: tuple[WaveVersion, ...], data: Mapping[str, WaveData]) -> Frame:
    indicators = catalogue.indicators_of(questionnaire)
    return frame_of_waves(
        [
            WaveAnswers(version.slug, data.get(version.slug, empty_wave()), version.questionnaire, indicators)
            for version in versions
        ]
    )


def _manifest(questionnaire: str, versions: tuple[WaveVersion, ...], at: datetime) -> Manifest:
    frame = _frame(questionnaire, versions, {})
    indicators = catalogue.indicator_file(questionnaire)
    waves = tuple(
        CountedWave(
            wave=version.wave_id,
            slug=version.slug,
            definition=version.questionnaire_digest,
            submissions=version.submissions,
            latest=version.latest.isoformat() if version.latest else "",
            changes=version.changes,
        )
        for version in versions
    )
    definitions = _digest(
        VERSION,
        indicators.model_dump_json() if indicators else "",
        [asdict(measure) for measure in frame.measures],
    )
    version = _digest(definitions, [asdict(wave) for wave in waves])
    return Manifest(version, definitions, waves, at.isoformat(), 0.0)


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _parsed_time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
