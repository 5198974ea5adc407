"""A minimal save as baseline: one view of Django that writes one row in one transaction. Database, database settings
and web server are those of the product."""

import json
import os
import sys

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from posture import settings as product
from posture.web_server import WebServer

if not settings.configured:
    settings.configure(
        SECRET_KEY=product.SECRET_KEY,
        ALLOWED_HOSTS=["localhost"],
        DATABASES=product.DATABASES,
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        USE_TZ=True,
    )
    django.setup()

TABLE = "CREATE TABLE bare_save (id bigint GENERATED ALWAYS AS IDENTITY, number integer, saved_at timestamp)"
TABLE_OF_SQLITE = "CREATE TABLE bare_save (id integer PRIMARY KEY, number integer, saved_at timestamp)"


def save(request: HttpRequest) -> HttpResponse:
    number = json.loads(request.body)["number"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bare_save (number, saved_at) VALUES (%s, CURRENT_TIMESTAMP)", [number])
    return JsonResponse({"version": 1})


def alive(_: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


urlpatterns = [path("save", save), path("healthz", alive)]
if os.environ.get("BARE_PREPARE"):
    with connection.cursor() as cursor:
        cursor.execute(TABLE_OF_SQLITE if connection.vendor == "sqlite" else TABLE)
application = get_wsgi_application()

if __name__ == "__main__":
    WebServer(application, listen=sys.argv[1]).run()
