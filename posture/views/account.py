"""Signing in, and where a signed-in person starts."""

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from surveys.access import public, signed_in
from surveys.queries import participations

login = public("GET", "POST")(
    LoginView.as_view(template_name="account/login.html", redirect_authenticated_user=True)
)
logout = public("POST")(LogoutView.as_view())


@signed_in("GET")
def start(request: HttpRequest) -> HttpResponse:
    context = {"participations": participations(request.user, at=timezone.now()), "section": "account"}
    return render(request, "account/start.html", context)
