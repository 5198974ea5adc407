"""Actions in the explorer: save a question as a view, and add a cut to the releases of a wave."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.models import ReleasedCut, SavedView
from surveys.audit.trail import note
from surveys.database.row_locks import lock
from surveys.instrument.cohorts import CROSSED, DIMENSIONS

MAX_NAME_LENGTH = 100
FILTERED_BY_ANSWER = lazy(
    "Who belongs to a released cell must not depend on an answer: take out the filter on answers."
)
NOT_CROSSED = lazy(
    "A released cut crosses two of sector, size and region; each of them alone is in every release."
)


class SavedQueryError(Exception):
    """A view or cut that cannot be saved, with the reason."""


@transaction.atomic
def save_view(questionnaire: str, *, name: str, address: str, by: Any, at: datetime) -> SavedView:
    """Saves a view. A name is unique; the same name with another question is refused, so that no view is
    overwritten."""
    name = name.strip()
    if not name:
        raise SavedQueryError(_("Give the view a name."))
    if len(name) > MAX_NAME_LENGTH:
        raise SavedQueryError(_("A name has at most {number} characters.").format(number=MAX_NAME_LENGTH))
    existing = SavedView.objects.filter(questionnaire=questionnaire, name=name).first()
    if existing is not None and existing.address != address:
        raise SavedQueryError(
            _("There is a view “{name}” already. Choose another name, or delete that one.").format(name=name)
        )
    if existing is not None:
        return existing
    view = SavedView.objects.create(
        questionnaire=questionnaire, name=name, address=address, created_by=by, created_at=at
    )
    note("saved a view", by=by, about=f"{questionnaire}, view {view.pk}", at=at)
    return view


@transaction.atomic
def delete_view(view: SavedView, *, by: Any, at: datetime) -> None:
    """Deletes a view. Raises ConcurrentChange if it was deleted meanwhile."""
    lock(view)
    note("deleted a view", by=by, about=f"{view.questionnaire}, view {view.pk}", at=at)
    view.delete()


def crossed_code(breaks: tuple[str, ...]) -> str | None:
    """Returns the code of a released cut: two cohort dimensions in their fixed order; None for any other breaks."""
    order = [dimension.code for dimension in DIMENSIONS]
    if len(breaks) != 2 or not set(breaks) <= set(order):
        return None
    return CROSSED.join(sorted(breaks, key=order.index))


def cut_refusal(breaks: tuple[str, ...], *, by_answer: bool) -> str:
    """Returns why this question cannot become a released cut; empty if it can."""
    if by_answer:
        return str(FILTERED_BY_ANSWER)
    return str(NOT_CROSSED) if crossed_code(breaks) is None else ""


@transaction.atomic
def add_cut(wave_id: int, *, breaks: tuple[str, ...], by: Any, at: datetime) -> ReleasedCut:
    """Adds a cut from the next release of the wave on. Adding it twice has no effect."""
    dimensions = crossed_code(breaks)
    if dimensions is None:
        raise SavedQueryError(cut_refusal(breaks, by_answer=False))
    cut, is_new = ReleasedCut.objects.get_or_create(
        wave_id=wave_id, dimensions=dimensions, defaults={"added_by": by, "added_at": at}
    )
    if is_new:
        note("added a released cut", by=by, about=f"wave {wave_id}, {dimensions}", at=at)
    return cut


@transaction.atomic
def remove_cut(cut: ReleasedCut, *, by: Any, at: datetime) -> None:
    """Removes a cut. Releases that were computed with it keep it. Raises ConcurrentChange if it was removed
    meanwhile."""
    lock(cut)
    note("removed a released cut", by=by, about=f"wave {cut.wave_id}, {cut.dimensions}", at=at)
    cut.delete()
