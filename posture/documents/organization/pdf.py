"""An organisation's report as a tagged PDF: one page for a board, then all pairs, scores and frameworks."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from posture.documents.organization import phrases
from posture.documents.organization.pictures import division_picture, has_axis, own_pairs_picture
from posture.documents.organization.tables import (
    framework_table,
    pairs_table,
    published_table,
    result_words,
    scores_table,
    source_words,
    topics_table,
    waves_table,
)
from posture.documents.phrases import marks_used
from posture.documents.tables import Table, plain
from posture.documents.typesetting import parts_of, pdf_of
from posture.reports.organization_actions import OrganizationAction
from posture.reports.organization_story import OrganizationStory

CHART_WIDTH = 720


def pdf(story: OrganizationStory) -> bytes:
    """Returns the file. It depends on the answers, the release and the language only."""
    return pdf_of("organization.typ", story_data(story), made_at=story.as_of)


def story_data(story: OrganizationStory) -> dict[str, Any]:
    """Returns all texts of the file, as the template expects them."""
    division, day = story.report.division, story.as_of
    tables = {name: [plain(table) for table in found] for name, found in _tables(story).items()}
    return {
        "title": f"{phrases.title(story)}: {division.headline}",
        "author": story.participation.organization.name,
        "description": str(division.verdict),
        "language": (get_language() or "en").partition("-")[0],
        "date": [day.year, day.month, day.day],
        "synthetic": phrases.synthetic(story),
        "citation": [f"{phrases.title(story)}. {phrases.for_whom(story)}", phrases.address(story)],
        "eyebrow": phrases.title(story),
        "headline": division.headline,
        "lead": parts_of(division.verdict, page=phrases.address(story)),
        "rests_on": phrases.rests_on(story),
        "division": _division(story),
        "pairs": _pairs(story),
        "score": _score(story),
        "actions": [_action(action) for action in story.actions],
        **tables,
        "method": phrases.method(story),
        "marks": [list(mark) for mark in marks_used([str(tables)])],
        "words": _words(),
    }


def _division(story: OrganizationStory) -> dict[str, str]:
    division = story.report.division
    if not division.total:
        return {"svg": "", "alt": "", "caption": ""}
    return {
        "svg": division_picture(story, width=CHART_WIDTH),
        "alt": ", ".join(f"{number} {title.lower()}" for _code, title, number in division.named),
        "caption": "",
    }


def _pairs(story: OrganizationStory) -> dict[str, str]:
    number = sum(map(has_axis, story.report.pairs))
    if not number:
        return {"svg": "", "alt": "", "caption": ""}
    return {
        "svg": own_pairs_picture(story, width=CHART_WIDTH),
        "alt": _("Belief and evidence of {number} pairs. The table of all pairs has the numbers.").format(
            number=number
        ),
        "caption": _("Pairs with a share or a time. Yes-or-no pairs are in the tables."),
    }


def _score(story: OrganizationStory) -> list[str]:
    """Returns the evidence score over all domains with its standing; empty without one."""
    total = story.report.total
    if total is None:
        return []
    mean = _("Mean of the cohort: {mean}.").format(mean=total.cohort.text) if total.cohort.address else ""
    return [_("Evidence score, 0 to 100"), total.value, f"{total.standing} {mean}".strip()]


def _action(action: OrganizationAction) -> dict[str, Any]:
    row = action.row
    evidence = _("Estimated: {text}.") if action.rank.type == "estimated" else _("On record: {text}.")
    known = [_("Believed: {text}.").format(text=row.belief), evidence.format(text=row.evidence)]
    if row.gap:
        known.append(_("Gap {gap}.").format(gap=row.gap))
    importance = _("Importance {importance} of 5: {reason}")
    return {
        "label": row.view.pair.label,
        "result": result_words(action),
        "known": " ".join(known),
        "step": action.step,
        "owner": _("Usual owner: {owner}").format(owner=action.action.owner),
        "matters": action.action.matters,
        "importance": importance.format(importance=action.action.importance, reason=action.action.reason),
        "notes": " · ".join([*action.clauses, *source_words(action)]),
    }


def _tables(story: OrganizationStory) -> dict[str, list[Table]]:
    """Returns the tables in the places where the template puts them, without empty ones."""
    return {
        "topics": _filled(topics_table(story)),
        "waves": _filled(waves_table(story)) if len(story.report.waves) > 1 else [],
        "all_pairs": _filled(pairs_table(story.report.pairs)),
        "scores": _filled(scores_table(story)),
        "published": _filled(published_table(story)),
        "frameworks": [framework_table(framework) for framework in story.frameworks],
    }


def _filled(table: Table) -> list[Table]:
    return [table] if table.rows else []


def _words() -> dict[str, str]:
    return {
        "actions": _("What to do first"),
        "step": _("Next step"),
        "reasons": _("Why these come first"),
        "pairs": _("Own belief and evidence"),
        "frameworks": _("Frameworks"),
        "method": _("How to read this report"),
        "marks": _("Marks"),
    }
