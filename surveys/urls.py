"""The addresses of the asking side."""

from django.http import HttpResponse
from django.urls import URLPattern, path

from surveys.access import public

app_name = "surveys"
urlpatterns: list[URLPattern] = [
    path("s/<str:token>/", public("GET")(lambda r, token: HttpResponse()), name="invitation")
]
