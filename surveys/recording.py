"""Writes answers as rows, each change with its version. Called by `surveys.fieldwork` inside its transaction."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max

from surveys.models import Answer, AnswerVersion, Item, Option, Response, Selection
from surveys.queries import given_by_item
from surveys.routing import Given


def write(response: Response, given: Mapping[str, Given], *, at: datetime) -> dict[str, int]:
    """The version of each item afterwards. What did not change gets no new version."""
    if not given:
        return {}
    questionnaire = response.invitation.wave.questionnaire_id
    items = {item.code: item for item in Item.objects.filter(questionnaire=questionnaire, code__in=given)}
    before = given_by_item(response.answers.filter(item__in=items.values()))
    versions = _versions(response, items)
    changed = {code: value for code, value in given.items() if value != before.get(code, Given())}
    Answer.objects.filter(response=response, item__code__in=changed).delete()
    for code in changed:
        versions[code] = versions.get(code, 0) + 1
    _create_answers(response, changed, items, versions, at)
    AnswerVersion.objects.bulk_create(
        AnswerVersion(
            response=response,
            item=items[code],
            version=versions[code],
            options=" ".join(value.options),
            number=value.number,
            text=_all_text(value),
            basis=value.basis,
            saved_at=at,
        )
        for code, value in changed.items()
    )
    return {code: versions.get(code, 0) for code in given}


def _versions(response: Response, items: Mapping[str, Item]) -> dict[str, int]:
    rows = AnswerVersion.objects.filter(response=response, item__in=items.values()).order_by()
    return dict(rows.values_list("item__code").annotate(Max("version")))


def _create_answers(
    response: Response,
    changed: Mapping[str, Given],
    items: Mapping[str, Item],
    versions: Mapping[str, int],
    at: datetime,
) -> None:
    options = {
        (option.item_id, option.code): option
        for option in Option.objects.filter(item__in=[items[code] for code in changed])
    }
    kept = {code: value for code, value in changed.items() if not value.is_blank}
    answers = Answer.objects.bulk_create(
        Answer(
            response=response,
            item=items[code],
            option=_single_option(items[code], value, options),
            number=value.number,
            text=_own_text(items[code], value),
            basis=value.basis,
            version=versions[code],
            saved_at=at,
        )
        for code, value in kept.items()
    )
    Selection.objects.bulk_create(
        Selection(answer=answer, option=options[answer.item_id, code], text=dict(value.texts).get(code, ""))
        for answer, value in zip(answers, kept.values(), strict=True)
        if answer.item.type == "multiple"
        for code in value.options
    )


def _single_option(item: Item, given: Given, options: Mapping[tuple[int, str], Option]) -> Option | None:
    return options[item.pk, given.options[0]] if given.options and item.type != "multiple" else None


def _own_text(item: Item, given: Given) -> str:
    if item.type == "multiple" or not given.texts:
        return given.text
    return given.texts[0][1]


def _all_text(given: Given) -> str:
    return given.text or "\n".join(f"{code}: {text}" for code, text in given.texts)
