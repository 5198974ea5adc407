"""Benchmark of the files of reports: seconds of each, with a release and an organisation of the demonstration.

Each file is written from the stored rows, in a process of its own. The first file of a process is not timed: it loads
fonts and templates. Sizes have no effect, because a report has as many pairs as its questionnaire."""

import importlib
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.installation import prepare_demonstration, set_up_django
from benchmarks.protocol import Call, Candidate, race, times
from benchmarks.report import Verdict

SECONDS = 1.0
GAP, ORGANIZATION = "gap report", "organisation's report"
FORMS = {GAP: ("pdf", "pptx", "xlsx", "svg", "png"), ORGANIZATION: ("pdf", "pptx", "xlsx")}
FUNCTIONS = {GAP: "write", ORGANIZATION: "write_of_organization"}


def main(sizes: Sequence[int]) -> list[Verdict]:
    with tempfile.TemporaryDirectory() as parent:
        var = Path(parent) / "installation"
        prepare_demonstration(var)
        print("\n### The files of reports", flush=True)
        files = {f"{kind}, {form}": (kind, form) for kind, forms in FORMS.items() for form in forms}
        candidates = [Candidate(name, partial(prepare_file, var, *file)) for name, file in files.items()]
        timings = race(candidates)
        print(times(timings, baseline=next(iter(files))), flush=True)
    return [Verdict(f"{name}, seconds", timings[name].median, SECONDS) for name in files]


def prepare_file(var: Path, kind: str, form: str) -> Call:
    """Returns a function that writes the file and returns its size."""
    set_up_django(var)
    files = importlib.import_module("benchmarks.rows.document_files")
    write: Callable[[str], Call] = getattr(files, FUNCTIONS[kind])
    return write(form)
