"""Tests that a batch writes the rows that the verbs of fieldwork write: answers, history, sealed words, tallies."""

import gc
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from surveys.database.select_statements import stored_uuid
from surveys.encryption import sealing
from surveys.fieldwork import invitations
from surveys.fieldwork.answer_recording import record_answers
from surveys.fieldwork.responses import open_response, submit_response
from surveys.fieldwork.waves import close_wave
from surveys.imports import prepared_rows
from surveys.imports.bulk_tables import BulkTable, array_literal, new_keys
from surveys.imports.mapping import cells
from surveys.imports.pacing import BatchPacing
from surveys.imports.row_outcomes import RowOutcomeKind
from surveys.instrument.routing import AnswerValue
from surveys.models import (
    Answer,
    AnswerVersion,
    AuditEntry,
    Invitation,
    Organization,
    Questionnaire,
    Response,
    SealingKey,
    Selection,
    Tally,
    Wave,
)
from surveys.tenancy.organization_scope import NoOrganization, organization_scope
from tests.support.answers import correct_answers, given_by_item
from tests.surveys.imports.files import COLUMNS, HEADER, ONE_ROLE, WAVE, import_table, load, mapping

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TEXT = 'Zoë said:\n"half \\ of it"'
ROW = ["R1", "", "In between", "Saw,Axe, large", "82", TEXT, "1", "0"]
ANSWERS = {
    "PLACE": AnswerValue(("other",), texts=(("other", "In between"),)),
    "TOOLS": AnswerValue(("saw", "axe")),
    "SHARE": AnswerValue(number=82),
    "WORDS": AnswerValue(text=TEXT),
    "HAD": AnswerValue(("yes",)),
    "MANY": AnswerValue(number=0),
}
KEYS = {"id", "response", "response_id", "organization", "organization_id", "answer_id", "invitation_id"}
LONGEST_MILLISECONDS = 200
RESPONDENT_COLUMNS = {"public_id", "token_hash", "receipt", "source_row", "slug", "name"}


@pytest.fixture
def questionnaire(db: None) -> Questionnaire:
    return load()


def import_row(questionnaire: Questionnaire, row: list[str]) -> RowOutcomeKind:
    report = import_table([HEADER, row], mapping(), questionnaire)
    assert report.remarks == []
    (outcome,) = (kind for kind, count in report.counts.items() if count)
    return outcome


def response_by_fieldwork(wave: Wave, given: dict[str, AnswerValue]) -> Response:
    organization = Organization.objects.create(name="Verbs", slug="verbs")
    at = wave.opens_at
    invitation, _ = invitations.invite(organization, wave=wave, role="lead", address="", at=at)
    response = open_response(invitation, at=at, source_row="verbs")
    record_answers(response, given, at=at)
    submit_response(response, at=at)
    return response


def columns(model: type, **filters: object) -> list[dict[str, object]]:
    """Returns rows without keys and without values that differ between respondents; words are unsealed."""
    rows = []
    for row in model.objects.filter(**filters).order_by("pk"):  # type: ignore[attr-defined]
        names = {field.attname for field in row._meta.concrete_fields} - KEYS - RESPONDENT_COLUMNS
        rows.append({name: getattr(row, name) for name in names})
    return sorted(rows, key=str)


def test_an_imported_row_equals_a_response_of_fieldwork(questionnaire: Questionnaire) -> None:
    assert import_row(questionnaire, ROW) == RowOutcomeKind.INSERTED
    imported = Response.objects.get()
    expected = response_by_fieldwork(Wave.objects.get(), ANSWERS)
    assert given_by_item(imported.answers.all()) == given_by_item(expected.answers.all()) == ANSWERS
    for model in (Answer, AnswerVersion):
        assert columns(model, response=imported) == columns(model, response=expected)
    assert columns(Selection, answer__response=imported) == columns(Selection, answer__response=expected)
    assert columns(Invitation, response=imported) == columns(Invitation, response=expected)
    assert columns(Response, pk=imported.pk) == columns(Response, pk=expected.pk)
    assert len(imported.receipt) == len(Response.objects.get(pk=expected.pk).receipt)
    assert {row.organization_id for row in Answer.objects.filter(response=imported)} == {
        imported.organization_id
    }
    assert Tally.objects.get().submissions == 2


def test_words_are_sealed_with_the_key_of_their_organization(questionnaire: Questionnaire) -> None:
    table = [HEADER, ROW, ["R2", *ROW[1:]], ["R3", "Here", *[""] * 6]]
    import_table(table, mapping(), questionnaire)
    assert SealingKey.objects.filter(organization__isnull=False).count() == 2
    for response in Response.objects.exclude(source_row="R3"):
        (key,) = SealingKey.objects.filter(organization=response.organization_id)
        answer = Answer.objects.filter(response=response, item__code="WORDS").values_list("text", flat=True)
        assert answer[0].text.startswith(f"sealed:1:{key.key_id}:")
    first = Response.objects.get(source_row="R1")
    sealing.destroy_key(first.organization_id)
    with pytest.raises(sealing.KeyMissing):
        given_by_item(first.answers.all())


def test_a_corrected_row_gets_new_versions_and_keeps_the_old_ones(questionnaire: Questionnaire) -> None:
    import_row(questionnaire, ROW)
    changed = ["R1", "Here", "", "Saw", "82", TEXT + "!", "2", ""]
    assert import_row(questionnaire, changed) == RowOutcomeKind.UPDATED
    response = Response.objects.get()
    assert response.corrected_at is not None
    assert given_by_item(response.answers.all()) == {
        "PLACE": AnswerValue(("here",)),
        "TOOLS": AnswerValue(("saw",)),
        "SHARE": AnswerValue(number=82),
        "WORDS": AnswerValue(text=TEXT + "!"),
        "HAD": AnswerValue(("no",)),
    }
    versions = AnswerVersion.objects.order_by("item__position", "version")
    assert list(versions.values_list("item__code", "version", "options", "number")) == [
        *[("PLACE", 1, "other", None), ("PLACE", 2, "here", None), ("TOOLS", 1, "saw axe", None)],
        *[("TOOLS", 2, "saw", None), ("SHARE", 1, "", 82), ("WORDS", 1, "", None), ("WORDS", 2, "", None)],
        *[("HAD", 1, "yes", None), ("HAD", 2, "no", None), ("MANY", 1, "", 0), ("MANY", 2, "", None)],
    ]
    assert import_row(questionnaire, changed) == RowOutcomeKind.UNCHANGED
    assert import_row(questionnaire, ROW) == RowOutcomeKind.UPDATED
    assert given_by_item(response.answers.all()) == ANSWERS
    assert AnswerVersion.objects.count() == 11 + 5


def test_a_corrected_row_equals_a_correction_of_fieldwork(questionnaire: Questionnaire) -> None:
    import_row(questionnaire, ROW)
    imported = Response.objects.get()
    expected = response_by_fieldwork(Wave.objects.get(), ANSWERS)
    import_row(questionnaire, ["R1", "Here", "", "Saw", "", TEXT, "", ""])
    imported.refresh_from_db()
    corrected = {"PLACE": AnswerValue(("here",)), "TOOLS": AnswerValue(("saw",)), "WORDS": ANSWERS["WORDS"]}
    assert imported.corrected_at is not None
    correct_answers(expected, corrected, at=imported.corrected_at)
    for model in (Answer, AnswerVersion):
        assert columns(model, response=imported) == columns(model, response=expected)
    assert columns(Selection, answer__response=imported) == columns(Selection, answer__response=expected)


def test_a_correction_locks_the_response_first(questionnaire: Questionnaire) -> None:
    """The correction locks the row that saves, submissions and erasures lock, before it reads the versions."""
    import_row(questionnaire, ROW)
    with CaptureQueriesContext(connection) as statements:
        import_row(questionnaire, [*ROW[:4], "83", *ROW[5:]])
    texts = [statement["sql"] for statement in statements]
    (reads,) = (count for count, text in enumerate(texts) if "FROM surveys_answerversion" in text)
    locks = [text for text in texts[:reads] if "FROM surveys_response" in text]
    assert len(locks) == 1
    assert ("FOR UPDATE" in locks[0]) == connection.features.has_select_for_update


def test_a_closed_wave_takes_corrections_and_no_new_respondents(questionnaire: Questionnaire) -> None:
    import_row(questionnaire, ROW)
    close_wave(Wave.objects.get(), at=timezone.now())
    report = import_table([HEADER, [*ROW[:4], "83", *ROW[5:]], ["R2", *ROW[1:]]], mapping(), questionnaire)
    assert (report.counts[RowOutcomeKind.UPDATED], report.counts[RowOutcomeKind.REJECTED]) == (1, 1)
    assert "the wave was closed" in report.remarks[0].reason


def test_the_same_respondent_in_two_waves(questionnaire: Questionnaire) -> None:
    import_row(questionnaire, ROW)
    other = mapping(WAVE.replace('slug = "kinds"', 'slug = "later"') + ONE_ROLE + COLUMNS)
    report = import_table([HEADER, ROW], other, questionnaire)
    assert report.counts[RowOutcomeKind.INSERTED] == 1
    assert Organization.objects.count() == 2


def test_rows_are_written_across_organizations_only(questionnaire: Questionnaire) -> None:
    import_row(questionnaire, ROW)
    with (
        organization_scope(Organization.objects.get().pk),
        pytest.raises(NoOrganization),
        transaction.atomic(),
    ):
        import_table([HEADER, ["R2", *ROW[1:]]], mapping(), questionnaire)


def test_a_row_leaves_no_entry_in_the_audit_trail_of_its_organization(questionnaire: Questionnaire) -> None:
    """The run records once who uploaded the file."""
    import_row(questionnaire, ROW)
    assert not AuditEntry.objects.exists()


def test_a_table_whose_columns_are_not_all_named_is_refused() -> None:
    with pytest.raises(ValueError, match="all columns must be named"):
        BulkTable(Selection, "answer", "organization", "option")


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 600])
def test_rows_of_any_number_are_all_written_in_their_order(count: int) -> None:
    table = BulkTable(
        Organization, "public_id", "name", "slug", "sector", "size_band", "region", "is_synthetic"
    )
    rows = [
        (stored_uuid(uuid.uuid4()), f"Row {kind}", f"row-{kind}", "", "", "", False) for kind in range(count)
    ]
    table.insert(rows)
    written = (
        Organization.objects.filter(slug__startswith="row-").order_by("pk").values_list("name", flat=True)
    )
    assert list(written) == [f"Row {kind}" for kind in range(count)]


def test_new_keys_are_unique_and_the_next_of_the_sequence(questionnaire: Questionnaire) -> None:
    """On PostgreSQL one statement reserves the keys of all rows from the sequence."""
    with CaptureQueriesContext(connection) as queries:
        keys = new_keys(Organization, 300)
    assert len(queries) == 1
    assert sorted(set(keys)) == keys
    assert len(keys) == 300
    if connection.vendor == "postgresql":
        assert Organization.objects.create(name="Next", slug="next").pk == keys[-1] + 1


@pytest.mark.parametrize("value", ['a"b', "a\\b", "{a,b}", "NULL", "", " ", "a\nb", "Zoë", "'", None])
def test_texts_pass_through_an_array(value: str | None) -> None:
    if connection.vendor != "postgresql":
        assert array_literal([value]).startswith("{")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM unnest(%s::text[])", [array_literal([value, "x"])])
        assert cursor.fetchall() == [(value,), ("x",)]


def test_garbage_collection_is_disabled_during_a_transaction() -> None:
    collected: list[str] = []

    def note(phase: str, _: object) -> None:
        collected.append(phase)

    pacing = BatchPacing(items=1)
    gc.callbacks.append(note)
    try:
        with pacing.around_transaction(rows=1):
            assert [[] for _ in range(100_000)]
            assert collected == []
        assert [[] for _ in range(100_000)]
        assert collected
        with pytest.raises(ValueError, match="stop"), pacing.around_transaction(rows=1):
            raise ValueError("stop")
        assert gc.isenabled()
    finally:
        gc.callbacks.remove(note)


def test_a_full_cache_of_answers_changes_no_answer(
    questionnaire: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for two answers, most answers are prepared anew, and their objects are created and freed again."""
    monkeypatch.setattr(cells, "MAX_CACHED_ANSWERS", 2)
    monkeypatch.setattr(prepared_rows, "MAX_CACHED_ANSWERS", 2)
    numbers = [*range(101), *range(101)]
    rows = [
        [f"R{place:03}", "", "", "", str(count), "", "1", str(count)] for place, count in enumerate(numbers)
    ]
    report = import_table([HEADER, *rows], mapping(), questionnaire)
    assert report.counts[RowOutcomeKind.INSERTED] == len(rows)
    for code in ("SHARE", "MANY"):
        answers = Answer.objects.filter(item__code=code).order_by("response__source_row")
        assert list(answers.values_list("number", flat=True)) == numbers


def test_batches_grow_to_their_time_and_shrink_at_once() -> None:
    pacing = BatchPacing(items=10)
    sizes = []
    for milliseconds_for_a_row in [0.1] * 12 + [10]:
        pacing.adapt(rows=pacing.rows, seconds=pacing.rows * milliseconds_for_a_row / 1000)
        sizes.append(pacing.rows)
    assert sizes == [*sorted(sizes[:-1]), sizes[-1]]
    assert sizes[-2] * 0.1 <= LONGEST_MILLISECONDS
    assert sizes[-1] * 10 <= LONGEST_MILLISECONDS
