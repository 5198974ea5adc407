"""Writes answers to the shipped questionnaire in bulk, generated from the characters of the demonstration: three
respondents for each organisation."""

import hashlib
import uuid
from random import Random

from django.core.management import call_command
from django.db import transaction

from benchmarks.generator import SEED
from benchmarks.rows.writing import CLOSES, NOW, write_rows
from posture.demo.answers import random_answers, random_character
from surveys.fieldwork.questionnaire_loader import newest_questionnaire
from surveys.fieldwork.waves import close_wave, open_wave
from surveys.instrument.cohorts import DIMENSIONS
from surveys.instrument.questionnaire_definition import ANY_ROLE
from surveys.models import Answer, Invitation, Option, Organization, Response, Selection, Wave

QUESTIONNAIRE = "ai-agent-security"
Rows = dict[type, list[tuple[object, ...]]]


def make_closed_wave(organizations: int) -> Wave:
    call_command("load_definitions", verbosity=0)
    row = newest_questionnaire(QUESTIONNAIRE)
    assert row is not None
    wave = open_wave(row, slug="interviews", title="Interviews", opens_at=NOW, closes_at=CLOSES)
    rows: Rows = {model: [] for model in (Organization, Invitation, Response, Answer, Selection)}
    options = {
        (item, code): (item_key, key)
        for key, code, item, item_key in Option.objects.filter(item__questionnaire=row).values_list(
            "pk", "code", "item__code", "item_id"
        )
    }
    random = Random(SEED)
    for key in range(1, organizations + 1):
        _interview(random, key, wave, options, rows)
    with transaction.atomic():
        for model, of_it in rows.items():
            write_rows(model, of_it)
    close_wave(wave, at=CLOSES)
    return wave


def _interview(
    random: Random, key: int, wave: Wave, options: dict[tuple[str, str], tuple[int, int]], rows: Rows
) -> None:
    questionnaire = wave.questionnaire.definition
    frame = [random.choice(("", *dimension.codes)) for dimension in DIMENSIONS]
    rows[Organization].append(
        (key, uuid.UUID(int=key), f"Organisation {key}", f"organisation-{key}", *frame, True)
    )
    nature = random_character(random, sector=frame[0], size_band=frame[1])
    for number, role in enumerate(questionnaire.roles):
        own = key * len(questionnaire.roles) + number
        token = hashlib.sha256(str(own).encode()).hexdigest()
        rows[Invitation].append((own, key, wave.pk, role.code, "", token, token, NOW, CLOSES, NOW, None))
        rows[Response].append((own, own, key, uuid.UUID(int=own), NOW, NOW, NOW, None, f"R-{own}", ""))
        asked = tuple(
            item
            for item in questionnaire.core_items
            if item.role == role.code or (item.role == ANY_ROLE and number == 0)
        )
        for code, given in random_answers(random, questionnaire, asked, nature).items():
            item = questionnaire.item(code)
            chosen = [options[code, option] for option in given.options]
            single = chosen[0][1] if chosen and item.type != "multiple" else None
            answer = len(rows[Answer]) + 1
            item_key = options[code, item.options[0].code][0]
            rows[Answer].append((answer, own, key, item_key, single, given.number, "", given.basis, 1, NOW))
            if item.type == "multiple":
                first = len(rows[Selection]) + 1
                rows[Selection] += [
                    (first + n, answer, key, option, "") for n, (_, option) in enumerate(chosen)
                ]
