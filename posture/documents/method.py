"""How the numbers of a report are read, and the publications that it compares with."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from posture.models.number_address import absolute_address
from posture.reports.gap import GapReport
from posture.reports.wording import benchmark_base, benchmark_value


@dataclass(frozen=True)
class Source:
    """A publication. figures: what the report quotes of it."""

    publication: str
    figures: tuple[str, ...]
    address: str


def method_words(report: GapReport) -> list[str]:
    """Returns how to read the numbers, as paragraphs."""
    release = report.release
    sample = _("the frame") if release.finite_population else _("organisations like them")
    return [
        _(
            "Two people of the same organisation answer each pair: an executive states a belief, and another person"
            " states what the records show. A gap above zero means that the belief is more favourable than the"
            " evidence. “Not clear” means that chance could explain the gap, once all gaps are tested together."
        ),
        _(
            "Figures rest on at least {threshold} organisations; what would follow from fewer is withheld and shown as"
            " [c]. Intervals hold at {level}, if these organisations were a random sample of {sample}."
        ).format(threshold=release.threshold, level=report.level_words, sample=sample),
        _(
            "Questionnaire: {title}, version {version}. Methods version {methods}. Data {data}, definitions"
            " {definitions}. Every number has a page that shows how it was computed: {address}"
        ).format(
            title=report.questionnaire.title,
            version=report.questionnaire.version,
            methods=release.methods_version,
            data=release.data_digest[:12],
            definitions=release.definitions_digest[:12],
            address=absolute_address(report.address("about")),
        ),
    ]


def sources(report: GapReport) -> list[Source]:
    """Returns the publications whose figures the report compares with, each with its figures."""
    figures = {
        compared.benchmark.code: compared.benchmark
        for row in report.indicators
        for compared in row.comparisons
    }
    publications: dict[tuple[str, ...], list[str]] = {}
    for figure in figures.values():
        key = (figure.publisher, figure.publication, figure.published, figure.url)
        words = _("{value}: {wording} Base: {base}. Grade {grade}.").format(
            value=benchmark_value(figure),
            wording=figure.wording.rstrip(".") + ".",
            base=benchmark_base(figure),
            grade=figure.grade,
        )
        publications.setdefault(key, []).append(words)
    return [
        Source(f"{publisher}, {publication} ({published}).", tuple(figures), address)
        for (publisher, publication, published, address), figures in publications.items()
    ]
