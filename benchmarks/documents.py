"""Benchmark of the files of a gap report: seconds of each, with the report of a release of the demonstration.

Each file is written from the rows of the release, in a process of its own. The first file of a process is not timed:
it loads fonts and templates. Sizes have no effect, because a report has as many pairs as its questionnaire."""

import importlib
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.installation import prepare_demonstration, set_up_django
from benchmarks.protocol import Call, Candidate, race, times
from benchmarks.report import Verdict

SECONDS = 1.0
FORMS = ("pdf", "pptx", "xlsx", "svg", "png")


def main(sizes: Sequence[int]) -> list[Verdict]:
    with tempfile.TemporaryDirectory() as parent:
        var = Path(parent) / "installation"
        prepare_demonstration(var)
        print("\n### The files of a gap report", flush=True)
        timings = race([Candidate(form, partial(prepare_file, var, form)) for form in FORMS])
        print(times(timings, baseline=FORMS[0]), flush=True)
    return [Verdict(f"{form}, seconds", timings[form].median, SECONDS) for form in FORMS]


def prepare_file(var: Path, form: str) -> Call:
    """Returns a function that writes the file and returns its size."""
    set_up_django(var)
    write: Callable[[str], Call] = importlib.import_module("benchmarks.rows.document_files").write
    return write(form)
