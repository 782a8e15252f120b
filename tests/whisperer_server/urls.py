"""Omnitron's address of the app, and the shop's own code that fires an event."""

import json
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from whisperer.tasks import deliver_event


@csrf_exempt
def fire(request: HttpRequest) -> JsonResponse:
    """Something happened to an order."""
    given: dict[str, Any] = json.loads(request.body)
    deliver_event(given["instance"], given["event_type"])
    return JsonResponse({})


urlpatterns = [path("api/v1/whisperer/", include("whisperer.urls")), path("fire/", fire)]
