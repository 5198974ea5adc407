"""All addresses of the project."""

from django.urls import URLPattern, URLResolver, include, path

from posture.views import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", include("surveys.urls")),
]
