"""Public pages: home, methods, glossary."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from markdown_it import MarkdownIt

from posture.releases.queries import benchmarks_by_code, published_releases
from posture.stored_definitions import catalogue
from surveys.web.access import public


@public("GET")
def home(request: HttpRequest) -> HttpResponse:
    headlines = catalogue.famous_figures().headlines
    benchmarks = benchmarks_by_code(headline.benchmark for headline in headlines)
    newest_first = published_releases()
    context = {
        "headlines": [
            {"line": headline, "benchmark": benchmarks.get(headline.benchmark)} for headline in headlines
        ],
        "releases": newest_first[:3],
        "newest": next(
            (release for release in newest_first if release.wave.questionnaire.definition.pairs), None
        ),
    }
    return render(request, "posture/home.html", context)


@public("GET")
def methods(request: HttpRequest) -> HttpResponse:
    context = {"title": "Methods", "text": _text("METHODS.md"), "section": "methods"}
    return render(request, "posture/text.html", context)


@public("GET")
def glossary(request: HttpRequest) -> HttpResponse:
    context = {"title": "Glossary", "text": _text("GLOSSARY.md"), "section": "methods"}
    return render(request, "posture/text.html", context)


@cache
def _text(name: str) -> str:
    """Renders a Markdown file of the repository as a page. Raw HTML in it is not rendered."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    return reader.render((settings.ROOT / name).read_text("utf-8"))
