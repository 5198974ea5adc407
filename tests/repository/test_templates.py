"""Tests templates: short lines, marked texts, addresses by name, tables and charts through their components."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.repository.test_repository import ROOT, relative_path

LONGEST_LINE = 120
FOLDER = ROOT / "templates"
PAGES = sorted(FOLDER.rglob("*.html"))
MAILS = sorted(FOLDER.rglob("*.txt"))
COMPONENTS = ("table", "card", "field", "notice", "tabs", "figure", "buttons", "empty")
TRANSLATED = re.compile(
    r"{%\s*(blocktranslate|comment)\b.*?{%\s*end\1\s*%}|{%\s*translate\b.*?%}|{#.*?#}", re.DOTALL
)
CODE = re.compile(r"<(code|pre)\b.*?</\1>", re.DOTALL)
NO_TEXT = re.compile(r"{% block width %}\w+{% endblock %}|(?:\?|&amp;)\w+=|\.zip\b")
ELEMENT = re.compile(r"(?<=<){{.*?}}|(?<=</){{.*?}}")
TAG = re.compile(r"{%.*?%}", re.DOTALL)
MARKED = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")
WORD = re.compile(r"[A-Za-z]{2,}")
MARKS = {"_", "lazy", "gettext", "gettext_lazy", "ngettext"}
NAMES = {"Posture", "posture", "UTC", "SHA", "GET"}
SHOWN_ATTRIBUTES = {"title", "aria-label", "placeholder", "alt", "data-label"}
TEXT_ARGUMENTS = r"\b(?:label|caption|text|submit)="
SHOWN_FILTERS = r"\|(?:default|default_if_none|pluralize|yesno):"


class VisibleWords(HTMLParser):
    """Collects the words of a template that a reader sees unchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SHOWN_ATTRIBUTES:
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        self.words += [word for word in WORD.findall(data) if word not in NAMES]


def program_names(source: str) -> list[str]:
    """Returns the marked texts of a Python module that contain a name of the program, such as a variable."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    texts = [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in MARKS
        and isinstance(call.args[0], ast.Constant)
    ]
    return [text for text in texts if re.search(r"[a-z]_[a-z]", re.sub(r"\{\w+\}|manage\.py \w+", "", text))]


def unmarked_words(source: str) -> list[str]:
    source = TRANSLATED.sub("", source)
    arguments = [
        word
        for tag in re.findall(r"{[%{].*?[%}]}", source, re.DOTALL)
        for text in re.findall(rf'(?:{TEXT_ARGUMENTS}|{SHOWN_FILTERS})"([^"]*)"', MARKED.sub("", tag))
        for word in WORD.findall(text)
    ]
    reader = VisibleWords()
    source = ELEMENT.sub("v", NO_TEXT.sub("", source))
    reader.feed(re.sub(r"{{.*?}}", "", TAG.sub("", CODE.sub("", source))))
    reader.close()
    return reader.words + arguments


def test_lines_stay_short() -> None:
    long_lines = [
        f"{relative_path(path)}:{number}"
        for path in [*PAGES, *MAILS]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
    assert long_lines == []


@pytest.mark.parametrize("path", [*PAGES, *MAILS], ids=relative_path)
def test_every_text_is_marked_for_translation(path: Path) -> None:
    assert unmarked_words(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Plain words</p>", ["Plain", "words"]),
        ('<p title="A hint">{{ name }}</p>', ["hint"]),
        ("<p>{% translate 'Marked' %} not</p>", ["not"]),
        ('{% table label="Waves" %}{% endtable %}', ["Waves"]),
        ('{{ value|default:"None given" }}', ["None", "given"]),
        ('{% table label=_("Waves") %}{% endtable %}', []),
        ("{% blocktranslate trimmed with a=b %}Marked {{ a }}{% endblocktranslate %}", []),
        ('<p class="lead">{{ value|default:_("None") }} – Posture <code>curl</code></p>', []),
    ],
)
def test_unmarked_words_are_found(source: str, words: list[str]) -> None:
    assert unmarked_words(source) == words


def test_addresses_are_written_by_name() -> None:
    address = re.compile(r"""\b(?:href|src|action|data-[\w-]*url)=["'](?![#?"']|{[{%])[^"']*""")
    fixed_addresses = {
        f"{relative_path(path)}: {match}"
        for path in PAGES
        for match in address.findall(path.read_text("utf-8"))
    }
    assert fixed_addresses == set()


def test_tables_charts_and_notices_are_components() -> None:
    handwritten = re.compile(r'<table|<figure|class="(?:card|notice|errors|synthetic|tabs)["\s]')
    for path in PAGES:
        if path.parent.name != "components":
            assert handwritten.search(path.read_text("utf-8")) is None, relative_path(path)


def test_each_component_has_a_partial_a_section_of_styles_and_an_example() -> None:
    styles = (ROOT / "static" / "css" / "components.css").read_text("utf-8")
    catalogue = (FOLDER / "posture" / "components.html").read_text("utf-8")
    for name in COMPONENTS:
        partial = f"templates/components/_{name}.html"
        assert (ROOT / partial).is_file()
        assert partial in styles
        assert f"{{% {name} " in catalogue or f"{{% {name} %}}" in catalogue or f"_{name}.html" in catalogue


@pytest.mark.parametrize("folder", ["posture", "surveys"])
def test_no_text_for_readers_contains_a_name_of_the_program(folder: str) -> None:
    wrong = {
        relative_path(path): names
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (names := program_names(path.read_text("utf-8")))
    }
    assert wrong == {}


def test_a_name_of_the_program_in_a_text_is_found() -> None:
    assert program_names('_("One informant for both pair_values")') == ["One informant for both pair_values"]
    assert program_names('_("{own_name} of {total}"), other("pair_values")') == []
