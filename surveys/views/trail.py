"""Pages and CSV files of the audit trail: that of an organisation for owners, all of them for admins."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from surveys.audit.trail import note
from surveys.audit.trail_pages import HEADER, TrailRow, entries_of, rows_for_admin, rows_for_owner
from surveys.exports.csv_text import csv_text
from surveys.models import Organization
from surveys.web.access import admin, member
from surveys.web.annotated_request import AnnotatedRequest
from surveys.web.costly_requests import costly

ENTRIES_PER_PAGE = 100


@member("GET", role="owner")
def organization_trail(request: AnnotatedRequest, slug: str) -> HttpResponse:
    organization = request.organization
    page = Paginator(entries_of(organization), ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "organization": organization,
        "page": page,
        "lines": rows_for_owner(page.object_list, organization),
        "section": "account",
    }
    return render(request, "surveys/trail.html", context)


@member("GET", role="owner")
@costly()
def organization_trail_csv(request: AnnotatedRequest, slug: str) -> HttpResponse:
    organization = request.organization
    note("exported the audit trail", organization=organization, by=request.user, at=timezone.now())
    return _file(f"{slug}-trail", rows_for_owner(entries_of(organization), organization))


@admin("GET")
def installation_trail(request: HttpRequest) -> HttpResponse:
    organization = _requested_organization(request)
    page = Paginator(entries_of(organization), ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "organization": organization,
        "organizations": Organization.objects.filter(audit_chain__isnull=False),
        "page": page,
        "lines": rows_for_admin(page.object_list),
        "section": "studio",
    }
    return render(request, "surveys/trail_of_all.html", context)


@admin("GET")
@costly()
def installation_trail_csv(request: HttpRequest) -> HttpResponse:
    organization = _requested_organization(request)
    note("exported the audit trail", organization=organization, by=request.user, at=timezone.now())
    name = organization.slug if organization else "installation"
    return _file(f"{name}-trail", rows_for_admin(entries_of(organization)))


def _requested_organization(request: HttpRequest) -> Organization | None:
    slug = request.GET.get("organization", "")
    return get_object_or_404(Organization, slug=slug) if slug else None


def _file(name: str, rows: list[TrailRow]) -> HttpResponse:
    response = HttpResponse(
        csv_text(HEADER, (row.as_row() for row in rows)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
