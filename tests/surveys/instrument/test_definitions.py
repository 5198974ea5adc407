import re
from collections import Counter
from pathlib import Path

import pytest

from posture.definitions import benchmarks, headlines, indicators, scores
from posture.stored_definitions.catalogue import DEFINITIONS as DEFINITIONS_OF_RESULTS
from surveys.fieldwork import questionnaire_loader
from surveys.imports import mapping
from surveys.imports.importer import MAPPINGS
from surveys.instrument.definition_file import InvalidDefinition
from surveys.instrument.questionnaire_definition import Questionnaire, parse
from surveys.models import Item, Option, Section
from tests.support.builders import NOW, SMALL, make_wave, small_questionnaire


def questionnaires() -> dict[str, Questionnaire]:
    parsed = [
        parse(path.read_text("utf-8"), name=path.name)
        for path in sorted(questionnaire_loader.DEFINITIONS.glob("*.toml"))
    ]
    return {entry.slug: entry for entry in parsed}


def sources() -> list[benchmarks.Source]:
    folder = DEFINITIONS_OF_RESULTS / "benchmarks"
    return [
        benchmarks.parse(path.read_text("utf-8"), name=path.name) for path in sorted(folder.glob("*.toml"))
    ]


FIGURES = {figure.code: figure for source in sources() for figure in source.benchmarks}


def test_help_texts_are_for_respondents() -> None:
    """The newest version of each questionnaire: its help texts contain no codes of items and no notes on the file."""
    remark = re.compile(r"\b[A-Z]{2,4}-[A-Z]?\d|\bstem\b|paraphrase|comparable|\bchart\b|\bstudy\b|published")
    helps = [item.help for questionnaire in questionnaires().values() for item in questionnaire.items]
    assert [text for text in helps if remark.search(text)] == []


def test_a_new_version_moved_remarks_from_helps_to_notes_and_changed_nothing_else() -> None:
    before, after = (
        parse((questionnaire_loader.DEFINITIONS / name).read_text("utf-8"), name=name)
        for name in ("ai-agent-security-2026.2.toml", "ai-agent-security-2026.3.toml")
    )
    texts = {"items": {"__all__": {"help", "note"}}, "version": True, "reviewed_on": True}
    assert before.model_dump(exclude=texts) == after.model_dump(exclude=texts)
    moved = [item.code for item in after.items if item.note]
    assert moved == ["PRO-02", "IAM-R1", "POL-C1", "POL-R2", "EXP-F1", "ECO-R2", "PLT-X1"]
    assert all(after.item(code).note in before.item(code).help for code in moved)
    assert all(after.item(code).note not in after.item(code).help for code in moved)


def test_the_question_bank_is_complete() -> None:
    bank = questionnaires()["ai-agent-security"]

    assert Counter(item.kind for item in bank.core_items) == {
        "belief": 15,
        "evidence": 29,
        "forecast": 1,
        "context": 5,
    }
    assert len(bank.items) - len(bank.core_items) == 10
    assert (len(bank.pairs), len(bank.core_pairs)) == (17, 15)
    roles = Counter(item.role for item in bank.core_items)
    assert roles == {"executive": 18, "security_lead": 18, "engineer": 11, "any": 3}


def test_every_item_offers_dont_know_and_the_short_list_of_meanings() -> None:
    bank = questionnaires()["ai-agent-security"]

    assert all(any(option.meaning == "dont_know" for option in item.options) for item in bank.items)
    assert Counter(
        option.meaning for item in bank.items for option in item.options if option.meaning == "no_evidence"
    )
    assert bank.estimated_bases == {"estimated"}


def test_every_benchmark_that_is_named_exists() -> None:
    for questionnaire in questionnaires().values():
        named = {link.benchmark for item in questionnaire.items for link in item.benchmarks}
        assert named <= set(FIGURES), questionnaire.slug


def test_all_benchmarks_are_present_with_unique_codes() -> None:
    assert len(FIGURES) == sum(len(source.benchmarks) for source in sources()) == 107


def test_owners_of_the_disputed_figure_and_of_97() -> None:
    owner = {figure.code: source.publisher for source in sources() for figure in source.benchmarks}

    assert FIGURES["SEED-VIS-21"].disputed
    assert FIGURES["SEED-VIS-21"].grade == "D"
    assert "Gravitee" not in owner["SEED-VIS-21"]
    assert owner["ARK-EXP-97"].startswith("Arkose Labs")
    assert not [
        code for code, publisher in owner.items() if publisher.startswith("Gravitee") and code.endswith("-21")
    ]


def test_the_spread_of_incident_prevalence_runs_from_2_to_98() -> None:
    values = [figure.value for figure in FIGURES.values() if figure.family == "incident-prevalence"]

    assert (min(values), max(values), len(values)) == (2, 98, 13)


def test_indicators_name_existing_items() -> None:
    for path in (DEFINITIONS_OF_RESULTS / "indicators").glob("*.toml"):
        file = indicators.parse(path.read_text("utf-8"), name=path.name)
        indicators.check(file, questionnaires()[file.questionnaire], set(FIGURES), name=path.name)


def test_options_that_leave_a_score_are_not_missing_evidence() -> None:
    """Without confirmed cases there is no time until detection, and a respondent who says so knows it."""
    for path in (DEFINITIONS_OF_RESULTS / "scores").glob("*.toml"):
        file = scores.parse(path.read_text("utf-8"), name=path.name)
        items = {item.code: item for item in questionnaires()[file.questionnaire].items}
        leaving = [
            items[scored.item].option(code)
            for domain in file.domains
            for scored in domain.items
            for code in scored.leaves
        ]
        assert {option.meaning for option in leaving} <= {"substantive", "not_applicable"}


def test_headlines_name_benchmarks() -> None:
    text = (DEFINITIONS_OF_RESULTS / "headlines.toml").read_text("utf-8")

    assert {line.benchmark for line in headlines.parse(text, name="headlines").headlines} <= set(FIGURES)


def test_mappings_name_items() -> None:
    for path in MAPPINGS.glob("*.toml"):
        parsed = mapping.parse(path.read_text("utf-8"), name=path.name)
        known = {questionnaire.key: questionnaire for questionnaire in questionnaires().values()}
        assert {entry.item for entry in parsed.items} <= {
            item.code for item in known[parsed.questionnaire].items
        }


def errors_of(text: str) -> list[str]:
    with pytest.raises(InvalidDefinition) as caught:
        parse(text, name="small-1.toml")
    return [str(problem) for problem in caught.value.errors]


def test_all_wrong_fields_are_reported_at_once() -> None:
    broken = SMALL.replace("minutes = 1", "minutes = 0", 1).replace('kind = "belief"', 'kind = "hope"', 1)

    errors = errors_of(broken.replace('title = "Agents"', 'titel = "Agents"'))

    assert len(errors) == 4
    assert any(
        error.startswith("small-1.toml: roles executive > minutes: expected greater than") for error in errors
    )
    assert any("items A-C > kind" in error and "'hope'" in error for error in errors)
    assert any("sections agents > title: expected this field" in error for error in errors)
    assert any("titel: expected no such field" in error for error in errors)


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        ('belief = "A-X"', 'belief = "A-C"', "pairs A-P > belief: expected the code of an item, found 'A-X'"),
        ('section = "agentz"', 'section = "agents"', "expected the code of a section, found 'agentz'"),
        (
            'item = "KEYS"',
            'item = "I-R"',
            "items KEYS > ask_if > item: expected an item that comes before, found KEYS",
        ),
        ('any_of = ["maybe"]', 'any_of = ["yes"]', "expected an option of I-R, found 'maybe'"),
        ('role = "janitor"', 'role = "executive"', "expected the code of a role, or any, found 'janitor'"),
        ('belief = "A-R"', 'belief = "A-C"', "expected an item of kind belief, found A-R of kind evidence"),
    ],
)
def test_parts_that_do_not_fit_are_reported_with_their_place(wrong: str, right: str, expected: str) -> None:
    assert any(expected in error for error in errors_of(SMALL.replace(right, wrong, 1)))


def test_invalid_toml_is_one_error() -> None:
    assert errors_of("a = ")[0].startswith("small-1.toml: the file: expected valid TOML")


def test_a_choice_without_dont_know_is_refused() -> None:
    line = '    { code = "dont-know", label = "Don\'t know", meaning = "dont_know" },\n]\n\n[[items]]\ncode = "I-R"'

    assert any("items I-C > options: expected an option with the meaning dont_know" in error
               for error in errors_of(SMALL.replace(line, ']\n\n[[items]]\ncode = "I-R"')))  # fmt: skip


@pytest.mark.django_db
@pytest.mark.database
def test_loading_is_idempotent_and_a_fielded_version_never_changes(tmp_path: Path) -> None:
    small_questionnaire()
    rows = (Item.objects.count(), Option.objects.count())
    changed = SMALL.replace("How many agents?", "How many agents run?")

    assert questionnaire_loader.load_questionnaire(SMALL, name="small-1.toml", at=NOW) == "unchanged"
    assert questionnaire_loader.load_questionnaire(changed, name="small-1.toml", at=NOW) == "changed"
    assert (Item.objects.count(), Option.objects.count()) == rows
    make_wave(Item.objects.first().questionnaire)  # type: ignore[union-attr]
    with pytest.raises(questionnaire_loader.FieldedVersionChanged, match="has been fielded"):
        questionnaire_loader.load_questionnaire(SMALL, name="small-1.toml", at=NOW)


def stored() -> dict[str, tuple[str, int, dict[str, tuple[str, int]]]]:
    """Returns the stored items by code: section and position of each, and its options with theirs."""
    return {
        item.code: (
            item.section.code,
            item.position,
            {option.code: (option.label, option.position) for option in item.options.all()},
        )
        for item in Item.objects.select_related("section")
    }


def defined(text: str) -> dict[str, tuple[str, int, dict[str, tuple[str, int]]]]:
    items = parse(text, name="small-1.toml").items
    return {
        item.code: (
            item.section,
            position,
            {option.code: (option.label, place) for place, option in enumerate(item.options)},
        )
        for position, item in enumerate(items)
    }


@pytest.mark.django_db
@pytest.mark.database
def test_a_changed_questionnaire_keeps_unchanged_rows() -> None:
    small_questionnaire()
    keys = dict(Item.objects.values_list("code", "pk"))
    changed = SMALL.replace('    { code = "own", label = "Own" },\n', "")
    changed = changed.replace(
        '{ code = "shared", label = "Shared" }',
        '{ code = "new", label = "New" },\n    { code = "shared", label = "Shared by many" }',
    )
    changed = changed.replace('code = "COUNT"\nsection = "agents"', 'code = "COUNT"\nsection = "third"')
    changed = changed.replace("[[pairs]]", '[[sections]]\ncode = "third"\ntitle = "Third"\n\n[[pairs]]', 1)

    assert questionnaire_loader.load_questionnaire(changed, name="small-1.toml", at=NOW) == "changed"
    assert stored() == defined(changed)
    assert dict(Item.objects.values_list("code", "pk")) == keys
    assert questionnaire_loader.load_questionnaire(SMALL, name="small-1.toml", at=NOW) == "changed"
    assert stored() == defined(SMALL)
    assert set(Section.objects.values_list("code", flat=True)) == {"agents", "incidents"}
    without_keys = SMALL[: SMALL.index('[[items]]\ncode = "KEYS"')]
    assert questionnaire_loader.load_questionnaire(without_keys, name="small-1.toml", at=NOW) == "changed"
    assert stored() == defined(without_keys)


@pytest.mark.django_db
def test_a_file_must_be_named_after_its_version() -> None:
    with pytest.raises(InvalidDefinition, match=r"small-1\.toml"):
        questionnaire_loader.load_questionnaire(SMALL, name="other.toml", at=NOW)


@pytest.mark.django_db
def test_one_broken_file_loads_nothing(tmp_path: Path) -> None:
    (tmp_path / "small-1.toml").write_text(SMALL)
    (tmp_path / "zebra-1.toml").write_text("nonsense = 1")

    with pytest.raises(InvalidDefinition):
        questionnaire_loader.load_questionnaires(at=NOW, folder=tmp_path)
    assert not Item.objects.exists()
