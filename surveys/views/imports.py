"""Studio pages for imports: upload a file, and see the outcome of each row."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.audit import security_events
from surveys.audit.trail import note
from surveys.imports import import_runs
from surveys.imports.importer import FileNotImportable
from surveys.imports.uploads import UploadRefused, display_name, open_table
from surveys.instrument.definition_file import InvalidDefinition
from surveys.models import ImportRun
from surveys.web import disk_space
from surveys.web.access import analyst
from surveys.web.costly_requests import costly
from surveys.web.studio_forms import ImportForm

MAX_RUNS = 30
REMARKS_PER_PAGE = 50


@analyst("GET", "POST")
@costly("POST")
def imports(request: HttpRequest) -> HttpResponse:
    if request.FILES and disk_space.is_low():
        return disk_space.insufficient_storage()
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        run = _start_import(request, form)
        if run is not None:
            messages.success(request, _("The file was read. Its rows are now being imported."))
            return redirect("surveys:import", run.pk)
    context = {"form": form, "runs": ImportRun.objects.all()[:MAX_RUNS], "section": "studio"}
    return render(request, "surveys/imports.html", context, status=422 if form.errors else 200)


def _start_import(request: HttpRequest, form: ImportForm) -> ImportRun | None:
    file, name, now = form.cleaned_data["file"], form.cleaned_data["mapping"], timezone.now()
    try:
        with open_table(file, import_runs.format_of(name)) as table:
            return import_runs.start_import(
                table, mapping_name=name, file_name=display_name(file.name), by=request.user, at=now
            )
    except UploadRefused as error:
        security_events.record("upload refused", at=now)
        form.add_error("file", str(error))
    except FileNotImportable as error:
        form.add_error("file", str(error))
    except InvalidDefinition as error:
        for problem in error.errors:
            form.add_error("file", str(problem))
    return None


@analyst("GET")
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ImportRun, pk=pk)
    page = Paginator(run.remarks.all(), REMARKS_PER_PAGE).get_page(request.GET.get("page"))
    if page.object_list:
        note("read why rows were not taken", by=request.user, about=f"import {run.pk}", at=timezone.now())
    return render(request, "surveys/import.html", {"run": run, "page": page, "section": "studio"})
