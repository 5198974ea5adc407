"""Tests that documents name only existing files, sections and commands."""

import re
from pathlib import Path

import pytest

from posture.reports.receipt import METHODS
from tests.repository.test_repository import FILES, ROOT, relative_path

DOCUMENTS = [path for path in FILES if path.suffix == ".md"]
FOLDERS = "surveys|posture|tests|docs|deploy|templates|static|benchmarks"
HEADINGS = set(re.findall(r"^#+ (.+)$", (ROOT / "METHODS.md").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative_path)
def test_paths_of_a_document_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    links = {link for link in re.findall(r"\]\(([^)#:]+)[^)]*\)", text) if "//" not in link}
    missing = {link for link in links if not (document.parent / link).exists()}
    named_paths = set(re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", text))
    missing |= {path for path in named_paths if not (ROOT / path).exists()}
    assert not missing


def test_sections_of_methods_exist() -> None:
    cited = {section for _, section in METHODS.values()}
    for path in FILES:
        if path.suffix == ".py" and "posture" in path.relative_to(ROOT).parts[:1]:
            named = re.findall(r'METHODS\.md,\s+"([^"]+)"', path.read_text("utf-8"))
            cited |= {" ".join(name.split()) for name in named}
    assert cited <= HEADINGS


def test_commands_of_documents_exist() -> None:
    product_commands = {path.stem for path in FILES if path.match("management/commands/*.py")}
    django_commands = {"collectstatic", "check", "makemessages", "compilemessages"}
    for document in DOCUMENTS:
        named_commands = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text("utf-8")))
        assert named_commands <= product_commands | django_commands, relative_path(document)


def test_functions_of_the_walks_exist() -> None:
    text = (ROOT / "docs" / "walks-through-the-code.md").read_text("utf-8")
    steps = re.findall(r"^\| `(\w+)` \| `([\w./-]+)` \|", text, re.MULTILINE)
    assert len(steps) > 40
    missing = [
        (function, file)
        for function, file in steps
        if not re.search(rf"(def|function) {function}\(", (ROOT / file).read_text("utf-8"))
    ]
    assert not missing
