"""Template tags for the components of pages. Each renders one partial of `templates/components/` and has one section
in `components.css`; `/studio/components/` shows all of them. A component with content is a block tag, one without is
an `include`."""

from datetime import datetime

from django import template
from django.forms import BoundField
from django.template.defaultfilters import date as formatted
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def day(value: datetime | None) -> str:
    return formatted(value, "j F Y")


@register.filter
def moment(value: datetime | None) -> str:
    """Formats a date and time to the minute. Pages state that times are UTC."""
    return formatted(value, "j F Y, H:i")


@register.simple_block_tag
def table(content: str, label: str = "", kind: str = "", caption: str = "") -> SafeString:
    """A table; with a label it scrolls in a region of its own. `kind` "stack" shows each row as a block on a narrow
    screen, so its cells need `data-label`."""
    return _render("table", content=content, label=label, kind=kind, caption=caption)


@register.simple_block_tag
def card(content: str, element: str = "div") -> SafeString:
    return _render("card", content=content, element=element)


@register.simple_block_tag
def notice(content: str, kind: str = "notice", role: str = "", reloads: bool = False) -> SafeString:
    """A message box. `kind`: "notice" informs, "errors" lists errors, "synthetic" marks generated data. A page with a
    notice that `reloads` is reloaded until the notice is gone."""
    return _render("notice", content=content, kind=kind, role=role, reloads=reloads)


@register.simple_block_tag
def field(content: str, key: str, label: str) -> SafeString:
    """A control with its label; `key` is the id of the control."""
    return _render("field", control=content, key=key, label=label)


@register.simple_tag
def form_field(bound: BoundField) -> SafeString:
    """A field of a Django form with its label, its hint and its error."""
    error = bound.errors[0] if bound.errors else ""
    context = {"key": bound.id_for_label, "label": bound.label, "control": bound.as_widget(), "error": error}
    return _render("field", **context, hint=bound.help_text, hint_key=f"{bound.auto_id}_helptext")


@register.simple_block_tag
def figure(content: str, key: str, spec: object, caption: str) -> SafeString:
    """A chart with its caption. The content is placed below the chart, for example the numbers as a table."""
    return _render("figure", content=content, key=key, spec=spec, caption=caption)


@register.simple_block_tag
def buttons(content: str, label: str = "", screen_only: bool = False) -> SafeString:
    """Buttons and links side by side. With a label they are a navigation, for example between pages of a list."""
    return _render("buttons", content=content, label=label, screen_only=screen_only)


@register.simple_block_tag
def tabs(content: str, label: str) -> SafeString:
    """Links between related pages; the current one has `aria-current="page"`."""
    return _render("tabs", content=content, label=label)


def _render(name: str, **context: object) -> SafeString:
    return render_to_string(f"components/_{name}.html", context)
