"""Tests the statement of how a wave was conducted: stated in the studio, counted from invitations, stored with the
release, shown everywhere."""

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from pytest import approx
from pytest_django import DjangoDbBlocker

from posture.api.contract import columns
from posture.definitions.targets import Targets
from posture.demo.statement import synthetic_statement
from posture.models import Release
from posture.releases.conduct_statement import stored_statement
from posture.releases.lifecycle import ReleaseError, compute_release, publish_release, request_release
from posture.releases.recomputation import recompute
from posture.reports.page_cache import PAGES
from posture.stored_definitions.target_sets import save_upload
from surveys.fieldwork.invitations import invite
from surveys.fieldwork.waves import state_wave
from surveys.models import Invitation, Response, Wave
from tests.support.builders import NOW, chose, make_organization, make_response, make_user, make_wave, percent
from tests.support.module_content import module_content

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

STATED = {
    "sponsor": "A foundation",
    "conducted_by": "An institute",
    "population": "Hospitals of two regions",
    "population_size": 30,
    "frame": "The register of hospitals",
    "sampling": "census",
    "recruitment": "By letter and mail",
    "mode": "Self-completed on the web",
    "language": "English",
    "eligible_percent": 50.0,
    "eligible_source": "A register that is two years old",
}


@pytest.fixture
def analyst() -> Any:
    return make_user("analyst", is_staff=True)


@pytest.fixture(scope="module")
def answered(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with module_content(django_db_blocker):
        yield answered_wave().pk


@pytest.fixture
def wave(answered: int, db: None) -> Wave:
    return Wave.objects.get(pk=answered)


def answered_wave() -> Wave:
    """24 organisations: all executives submit, 16 engineers do, 3 more open, 5 never do."""
    wave = make_wave(is_open=False)
    for number in range(24):
        acme = make_organization(f"organization-{number}", sector="healthcare" if number < 12 else "retail")
        make_response(wave, acme, "executive", {"A-C": percent(40 + number)}, submit=True)
        if number < 16:
            records = {"COUNT": percent(9), "A-R": percent(20 + 2 * number, "exported"), "I-R": chose("no")}
            make_response(wave, acme, "engineer", records, submit=True)
        else:
            begun = invite(acme, wave=wave, role="engineer", address="a@acme.example", at=NOW)[0]
            if number < 19:
                Invitation.objects.filter(pk=begun.pk).update(opened_at=NOW)
    return wave


def computed(wave: Wave, analyst: Any, **options: Any) -> Release:
    release = request_release(wave.pk, by=analyst, at=NOW, **options)
    compute_release(release.pk, at=NOW)
    return Release.objects.get(pk=release.pk)


def published(wave: Wave, analyst: Any, **options: Any) -> Release:
    release = computed(wave, analyst, **options)
    assert release.failure == ""
    publish_release(release, by=analyst, at=NOW)
    return Release.objects.get(pk=release.pk)


def returns(release: Release) -> dict[str, dict[str, Any]]:
    return {row["role"]: row for row in release.statement["returns"]}


def test_a_release_counts_invitations_by_role_with_the_rates_of_aapor(wave: Wave, analyst: Any) -> None:
    """Engineers: 16 of 24 submitted, 3 more opened, published as 15 and 20; RR3 takes half of the other 4."""
    state_wave(wave, STATED, at=NOW)
    release = computed(wave, analyst)
    engineer = returns(release)["engineer"]
    assert (engineer["invited"], engineer["opened"], engineer["submitted"]) == (24, 20, 15)
    assert (engineer["rr1"], engineer["rr2"]) == (approx(15 / 24), approx(15 / 24))
    assert engineer["rr3"] == approx(15 / 22)
    assert engineer["participation_rate"] is None
    stated = {name: release.statement[name] for name in STATED}
    assert stated == STATED
    assert release.statement["organizations_invited"] == release.statement["organizations_submitted"] == 24


@pytest.mark.parametrize("sampling", ["", "opt_in"])
def test_without_a_random_draw_there_is_a_participation_rate(wave: Wave, analyst: Any, sampling: str) -> None:
    """AAPOR: response rates are for samples drawn at random."""
    state_wave(wave, STATED | {"sampling": sampling}, at=NOW)
    engineer = returns(computed(wave, analyst))["engineer"]
    assert engineer["participation_rate"] == approx(15 / 24)
    assert [engineer[name] for name in ("complete", "rr1", "rr2", "rr3")] == [None] * 4


def test_how_many_left_much_open_is_not_told_below_the_threshold(
    wave: Wave, analyst: Any, settings: Any
) -> None:
    """Two more engineers submit one answer of three: 2 partial responses, which RR1 would reveal."""
    settings.SUPPRESSION_THRESHOLD = 5
    state_wave(wave, STATED, at=NOW)
    for number in range(24, 26):
        acme = make_organization(f"organization-{number}")
        make_response(wave, acme, "engineer", {"COUNT": percent(9)}, submit=True)
    engineer = returns(computed(wave, analyst))["engineer"]
    assert engineer["rr2"] == approx(20 / 26)
    assert [engineer[name] for name in ("complete", "rr1", "rr3")] == [None] * 3
    for number in range(26, 29):
        acme = make_organization(f"organization-{number}")
        make_response(wave, acme, "engineer", {"COUNT": percent(9)}, submit=True)
    engineer = returns(computed(wave, analyst))["engineer"]
    assert (engineer["complete"], engineer["rr1"], engineer["rr2"]) == (15, approx(15 / 29), approx(20 / 29))


def test_a_role_with_fewer_invitations_than_the_threshold_tells_nothing(analyst: Any) -> None:
    wave = make_wave(slug="few", is_open=False)
    acme = make_organization("few")
    make_response(wave, acme, "executive", {"A-C": percent(40)}, submit=True)
    release = computed(wave, analyst)
    assert set(returns(release)["executive"].values()) == {"executive", "Executive", None}
    assert release.statement["organizations_invited"] is None


def test_of_imported_answers_nobody_knows_who_was_invited(wave: Wave, analyst: Any) -> None:
    one = wave.invitations.filter(role="engineer", response__isnull=False).first()
    assert one is not None
    Response.objects.filter(invitation=one).update(source_row="row 7")
    release = computed(wave, analyst)
    engineer = returns(release)["engineer"]
    assert (engineer["invited"], engineer["opened"], engineer["submitted"]) == (None, None, 15)
    assert engineer["participation_rate"] is None
    assert release.statement["first_invited_at"] is None


def test_the_statement_is_kept_as_it_was(wave: Wave, analyst: Any) -> None:
    state_wave(wave, STATED, at=NOW)
    release = published(wave, analyst)
    before = release.statement
    state_wave(wave, STATED | {"sponsor": "Somebody else"}, at=NOW)
    assert Release.objects.get(pk=release.pk).statement == before
    kept = stored_statement(release)
    assert kept is not None
    assert kept.sponsor == "A foundation"
    assert list(recompute(release)) == []


def test_what_nobody_stated_is_called_so(wave: Wave, analyst: Any) -> None:
    release = published(wave, analyst)
    page = Client().get(f"{release.get_absolute_url()}about/").content.decode()
    for name in (
        "Sponsor",
        "Conducted by",
        "Population",
        "Sampling frame",
        "Recruitment",
        "Mode",
        "Language",
    ):
        assert f'<th scope="row">{name}</th><td>Not stated</td>' in page
    assert "Participation rate" in page
    assert "None: every organisation counts once." in page


def test_the_report_states_it_and_an_earlier_release_shows_nothing_false(wave: Wave, analyst: Any) -> None:
    state_wave(wave, STATED, at=NOW)
    release = published(wave, analyst)
    page = Client().get(f"{release.get_absolute_url()}about/").content.decode()
    for text in ("A foundation", "The register of hospitals", "30 organisations", "RR3", "68"):
        assert text in page, text
    Release.objects.filter(pk=release.pk).update(statement={})
    PAGES.clear()
    page = Client().get(f"{release.get_absolute_url()}about/").content.decode()
    assert "How the wave was conducted" not in page
    assert "Fieldwork" in page


def test_the_pack_holds_statement_and_returns(wave: Wave, analyst: Any) -> None:
    state_wave(wave, STATED, at=NOW)
    release = published(wave, analyst)
    pack = zipfile.ZipFile(io.BytesIO(Client().get(f"/releases/{release.slug}/pack.zip").content))
    facts = dict(list(csv.reader(io.StringIO(pack.read("statement.csv").decode())))[1:])
    assert facts["sponsor"] == "A foundation"
    assert facts["population_size"] == "30"
    rows = list(csv.DictReader(io.StringIO(pack.read("returns.csv").decode())))
    assert [row["submitted"] for row in rows] == ["24", "15"]
    assert float(rows[1]["rr3"]) == approx(15 / 22)


def test_the_studio_takes_what_a_person_states(wave: Wave, analyst: Any, client: Client) -> None:
    client.force_login(analyst)
    address = f"/studio/waves/{wave.slug}/statement/"
    assert client.get(address).status_code == 200
    answer = client.post(address, STATED)
    assert (answer.status_code, answer["Location"]) == (302, f"/studio/waves/{wave.slug}/")
    assert {name: getattr(Wave.objects.get(pk=wave.pk), name) for name in STATED} == STATED
    wrong = client.post(address, STATED | {"eligible_percent": 101})
    assert wrong.status_code == 422
    unexplained = client.post(address, STATED | {"eligible_source": ""})
    assert "Say how the percent was estimated." in unexplained.content.decode()
    client.post(address, STATED | {"population": "Banks\r\nwith agents"})
    assert Wave.objects.get(pk=wave.pk).population == "Banks with agents", "one line, as tables show it"
    assert client.post(address, {}).status_code == 302
    assert Wave.objects.get(pk=wave.pk).population_size is None


def test_a_percent_is_a_percent_in_the_database_too(wave: Wave) -> None:
    with pytest.raises(ValidationError):
        state_wave(wave, {"eligible_percent": 101.0}, at=NOW)


# The size of the frame.


def test_the_correction_is_off_unless_it_is_asked_for(wave: Wave, analyst: Any) -> None:
    state_wave(wave, STATED, at=NOW)
    release = computed(wave, analyst)
    assert release.finite_population is None
    assert not release.estimates.filter(method__endswith="_fpc").exists()


def words_of(client: Client, address: str) -> str:
    """Returns the page with line ends as blanks, as a browser shows it."""
    return " ".join(client.get(address).content.decode().split())


def test_with_it_intervals_are_narrower_and_every_page_says_so(wave: Wave, analyst: Any) -> None:
    state_wave(wave, STATED, at=NOW)
    plain = computed(wave, analyst)
    release = published(wave, analyst, finite_population=True)
    assert release.finite_population == 30
    row, before = (
        one.estimates.get(subject="A-R", statistic="mean", cohort="all") for one in (release, plain)
    )
    assert row.value == before.value
    assert row.se == approx(before.se * (14 / 30) ** 0.5), "16 of 30"
    assert row.method == "t_fpc"
    said = "corrected for a frame of 30 organisations"
    client = Client()
    for address in (release.get_absolute_url(), "/releases/"):
        assert said in words_of(client, address), address
    assert "a random sample of the frame of 30 organisations" in words_of(client, row.get_absolute_url())
    client.force_login(analyst)
    assert said in words_of(client, f"/studio/releases/{release.slug}/")
    assert list(recompute(release)) == []


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"population_size": None}, "State on the wave"),
        ({"sampling": "opt_in"}, "invited as a whole, or at random"),
    ],
)
def test_it_needs_a_frame(
    wave: Wave, analyst: Any, client: Client, stated: dict[str, Any], reason: str
) -> None:
    state_wave(wave, STATED | stated, at=NOW)
    with pytest.raises(ReleaseError, match=reason):
        request_release(wave.pk, by=analyst, at=NOW, finite_population=True)
    client.force_login(analyst)
    answer = client.post(f"/studio/waves/{wave.slug}/releases/", {"finite_population": "on"})
    assert answer.status_code == 422
    assert reason in answer.content.decode()


def test_a_frame_smaller_than_those_who_take_part_fails_with_the_reason(wave: Wave, analyst: Any) -> None:
    state_wave(wave, STATED | {"population_size": 23}, at=NOW)
    release = computed(wave, analyst, finite_population=True)
    assert release.status == Release.Status.FAILED
    assert "23 organisations, and 24 take part" in release.failure


def test_a_weighted_release_is_not_corrected_as_well(wave: Wave, analyst: Any) -> None:
    state_wave(wave, STATED, at=NOW)
    found = Targets(
        code="register", title="A register", population="Hospitals", source="A register", as_of=NOW.date(),
        vouched_by="The office that keeps it", margins={"sector": {"healthcare": 15, "retail": 15}},
    )  # fmt: skip
    targets = save_upload(found, by=None, at=NOW)
    with pytest.raises(ReleaseError, match="choose one of them"):
        request_release(wave.pk, by=analyst, at=NOW, targets=targets, finite_population=True)


def test_a_synthetic_wave_says_that_it_is_one() -> None:
    stated = synthetic_statement(120)
    assert stated.keys() == STATED.keys()
    assert "ynthetic" in stated["population"]
    assert stated["population_size"] == 120


def test_the_statement_is_in_the_contract() -> None:
    assert set(STATED) - {"eligible_percent", "eligible_source"} <= set(columns("releases"))
