"""Template filters for numbers. `posture.charts.number_text` formats the texts, for charts and pages alike."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from posture.charts import number_text
from posture.charts.layout import Spec
from posture.charts.script import as_json
from posture.models import PublishedFigure
from posture.reports import shorthand, wording
from posture.reports.sentences import Sentence

register = template.Library()
register.filter("share", number_text.share)
register.filter("percent", number_text.percent)


@register.filter
def published(benchmark: PublishedFigure) -> str:
    return wording.benchmark_value(benchmark)


@register.filter
def published_base(benchmark: PublishedFigure) -> str:
    return wording.benchmark_base(benchmark)


@register.filter
def linked(sentence: Sentence) -> SafeString:
    """Renders a sentence whose numbers link to their receipts."""
    link = '<a class="plain-number" data-receipt="{0}" href="{0}">{1}</a>'
    parts = (format_html(link, part.address, part.text) if part.address else part.text for part in sentence)
    return format_html_join("", "{}", ((part,) for part in parts))


@register.filter
def part(mapping: dict[str, object], key: str) -> object:
    return mapping[key]


@register.filter
def chart_script(spec: Spec, key: str) -> SafeString:
    return format_html('<script id="{}" type="application/json">{}</script>', key, mark_safe(as_json(spec)))


@register.simple_tag(takes_context=True)
def charts_here(context: template.Context) -> str:
    """Marks the response as a page with charts, for the content security policy."""
    context["request"].draws_charts = True
    return ""


@register.filter
def mark_meaning(mark: str) -> str:
    return str(shorthand.MEANINGS[mark])


register.simple_tag(shorthand.all_marks)
