"""A person's own tokens for the REST API."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.accounts.tokens import MAX_DAYS, create_token, may_have_tokens, revoke_token, tokens_of
from surveys.web.access import requires_reauthentication, signed_in


class TokenForm(forms.Form):
    name = forms.CharField(label=lazy("What it is for"), max_length=100)
    days = forms.IntegerField(label=lazy("Days until it ends"), min_value=1, max_value=MAX_DAYS, initial=90)


@signed_in("GET", "POST")
@requires_reauthentication
def tokens(request: HttpRequest) -> HttpResponse:
    """Lists the tokens. POST creates one; only the response to this POST contains its text."""
    form, text, now = TokenForm(request.POST or None), "", timezone.now()
    may_create = may_have_tokens(request.user)
    if request.method == "POST" and may_create and form.is_valid():
        expires_at = now + timedelta(days=form.cleaned_data["days"])
        _, text = create_token(request.user, name=form.cleaned_data["name"], expires_at=expires_at, at=now)
        form = TokenForm()
    context = {
        "tokens": [(token, token.is_usable(now)) for token in tokens_of(request.user)],
        "form": form,
        "text": text,
        "may": may_create,
        "section": "account",
    }
    return render(request, "account/tokens.html", context)


@signed_in("POST")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    if revoke_token(tokens_of(request.user).filter(pk=pk), by=request.user, at=timezone.now()):
        messages.success(request, _("The token is revoked, at once."))
    return redirect("account:tokens")
