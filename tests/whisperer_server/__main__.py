"""Serves dj-whisperer's Django app on 127.0.0.1 until stdin ends; says its port and token first.

What Omnitron runs beside it is stood in for: SQLite for PostgreSQL (its one array column is kept as
JSON), and Celery's eager mode for its workers, which repeats a failed delivery without the wait.
POST /fire/ {"event_type", "instance"} is what the shop's code does when an order changes.
"""

import json
import sqlite3
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from celery import Celery
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

EVENT_TYPES = (
    "order.created", "order.updated", "cancellation_plan.created", "cancellation_plan.updated",
    "retail_store.created", "retail_store.updated",
)  # fmt: skip


def configure(folder: Path) -> None:
    """Django's settings. Lists are pages as Akinon documents them: page, limit."""
    settings.configure(
        SECRET_KEY="of this test", ALLOWED_HOSTS=["127.0.0.1"], USE_TZ=True,
        ROOT_URLCONF="whisperer_server.urls", DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}
        },
        INSTALLED_APPS=[
            "django.contrib.contenttypes", "django.contrib.auth", "rest_framework",
            "rest_framework.authtoken", "django_filters", "whisperer",
        ],
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": [
                "rest_framework.authentication.TokenAuthentication"
            ],
            "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
            "DEFAULT_PAGINATION_CLASS": "whisperer_server.pages.Pages",
        },
    )  # fmt: skip
    sqlite3.register_adapter(list, json.dumps)
    sqlite3.register_converter("datetime[]", _moments)


def _moments(kept: bytes) -> list[datetime]:
    return [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in json.loads(kept)]


class Quiet(WSGIRequestHandler):
    """No line a call."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def main(folder: Path) -> None:
    """Serves until stdin ends."""
    configure(folder)
    Celery("shop").config_from_object({"task_always_eager": True, "broker_url": "memory://"})
    django.setup()
    from django.contrib.postgres.fields import ArrayField

    # PostgreSQL's cast.
    ArrayField.get_placeholder = lambda self, value, compiler, connection: "%s"
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token
    from whisperer.events import WhispererEvent, registry

    for event_type in EVENT_TYPES:
        registry.register(type("Event", (WhispererEvent,), {"event_type": event_type}))
    token = Token.objects.create(user=User.objects.create(username="erp"))
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    print(json.dumps({"port": server.server_port, "token": token.key}), flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever(0.05)


main(Path(sys.argv[1]))
