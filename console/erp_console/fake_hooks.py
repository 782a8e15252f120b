"""The fake Omnitron's `whisperer/...`: hooks, their registry, what could not be delivered.

It answers as dj-whisperer 0.5.3 does (PyPI; resources/views.py, serializers.py, services.py):
`tests/test_subscribe.py` asks both the same and compares. It sends nothing.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from erp_console import shop_json
from erp_console.fake_paging import page
from erp_console.fake_request import Answer, Request, not_found

Json = dict[str, Any]

EVENT_TYPES: Final = (
    "order.created", "order.updated", "cancellation_plan.created", "cancellation_plan.updated",
    "retail_store.created", "retail_store.updated",
)  # fmt: skip
"""Omnitron's own. Source: Akinon, Technical guides, "Integrating OMS with Seller Center"."""

MOST_TRIES: Final = 11
"""Of a worker's own task; a scanner of the shop's may make eighteen of it."""
_COUNTDOWNS: Final = {
    "fixed": {"seconds"}, "linear": {"base"}, "exponential": {"base"},
    "random": {"min_value", "max_value"},
}  # fmt: skip
_LONGEST: Final = {"target_url": 255, "secret_key": 124, "event_type": 124, "callback": 64}
_NULLABLE: Final = {"secret_key", "callback"}
_REQUIRED: Final = ("retry_countdown_config", "target_url", "event_type")
_REGISTERED: Final = {"code": "webhook_100_2", "en": "Webhook already registered"}


class FakeHooks:
    """Hooks by id, and the events that could not be delivered. One user has them all."""

    def __init__(self) -> None:
        self.registry = list(EVENT_TYPES)
        self.rows: dict[int, Json] = {}
        self.undelivered: list[Json] = []
        self._lock = threading.Lock()

    def add(self, event_type: str, target_url: str, **fields: Any) -> Json:
        """Registers a hook; its row."""
        countdown = {"choice": "exponential", "kwargs": {"factor": 1, "base": 2}}
        row = {
            "event_type": event_type, "target_url": target_url,
            "retry_countdown_config": countdown, **fields,
        }  # fmt: skip
        return self._insert(row)

    def lose(
        self, hook_id: int, times: int = 1, *, at: datetime | None = None, **payload: Any
    ) -> None:
        """Lets so many events of a hook stay undelivered after the sender's last try; `at` is when
        they were made, now otherwise, `payload` what they say."""
        hook, now = self.rows[hook_id], _moment(at or datetime.now(UTC))
        for _ in range(times):
            uuid = uuid4()
            event = {"type": hook["event_type"], "uuid": uuid.hex}
            self.undelivered.append({
                "id": len(self.undelivered) + 1, "webhook": hook, "created_date": now,
                "modified_date": now, "uuid": str(uuid),
                "request_payload": {"event": event, "payload": payload}, "response_content": "b''",
                "response_http_status": 503, "response_time": "00:00:00.1", "delivered": False,
                "request_datetimes": [now] * MOST_TRIES, "retry_count": MOST_TRIES,
                "object_id": None, "content_type": None,
            })  # fmt: skip

    def answer(self, kind: str, names: Mapping[str, str], request: Request) -> Answer:
        """The answer to an authenticated call."""
        with self._lock:
            match kind:
                case "registry":
                    return Answer.json(self.registry)
                case "hook_events":
                    return page(self._events(request.query), request)
                case "hooks" if request.method == "GET":
                    return page(self._hooks(request.query), request)
                case "hooks":
                    return self._register(request)
            return self._one(int(names["pk"]), request)

    def _events(self, query: Mapping[str, str]) -> list[Json]:
        webhook = query.get("webhook")
        return [
            event
            for event in self.undelivered
            if query.get("delivered", "false").lower() == "false"
            and webhook in (None, str(event["webhook"]["id"]))
        ]

    def _hooks(self, query: Mapping[str, str]) -> list[Json]:
        asked = [name for name in ("target_url", "event_type", "is_active") if query.get(name)]
        return [
            row
            for row in self.rows.values()
            if all(str(row[name]).lower() == query[name].lower() for name in asked)
        ]

    def _register(self, request: Request) -> Answer:
        given, problems = _read(request, self.registry)
        problems |= {
            name: ["This field is required."] for name in _REQUIRED if name not in (given or ())
        }
        if given is None or problems:
            return Answer.json(problems or _UNREADABLE, 400)
        if self._same(given, None):
            return Answer.json(_REGISTERED, 406)
        return Answer.json(self._insert(given), 201)

    def _one(self, pk: int, request: Request) -> Answer:
        if pk not in self.rows:
            return not_found("No Webhook matches the given query.")
        if request.method == "DELETE":
            # The row stays, so the same hook can't be registered anew: it is changed back.
            self.rows[pk] |= {"is_active": False, "modified_date": _now()}
            return Answer(204, b"")
        if request.method == "PATCH":
            given, problems = _read(request, self.registry)
            if given is None or problems:
                return Answer.json(problems or _UNREADABLE, 400)
            if self._same({**self.rows[pk], **given}, pk):
                return Answer(500, b"<h1>Server Error (500)</h1>", "text/html; charset=utf-8")
            self.rows[pk] |= {**given, "modified_date": _now()}
        return Answer.json(self.rows[pk])

    def _same(self, given: Json, but: int | None) -> bool:
        key = ("target_url", "event_type")
        return any(
            pk != but and all(row[name] == given[name] for name in key)
            for pk, row in self.rows.items()
        )

    def _insert(self, given: Json) -> Json:
        pk, now = len(self.rows) + 1, _now()
        self.rows[pk] = {
            "id": pk, "retry_countdown_config": given["retry_countdown_config"],
            "created_date": now, "modified_date": now, "target_url": given["target_url"],
            "is_active": given.get("is_active", True), "secret_key": given.get("secret_key"),
            "event_type": given["event_type"], "callback": given.get("callback"),
            "additional_headers": given.get("additional_headers", {}),
            "config": given.get("config", {}),
        }  # fmt: skip
        return self.rows[pk]


_UNREADABLE: Final = {"detail": "JSON parse error", "code": "parse_error"}


def _read(request: Request, registry: list[str]) -> tuple[Json | None, Json]:
    """The body, and what its serializer finds wrong with it, by field."""
    try:
        given = shop_json.load(request.body)
    except ValueError:
        return None, {}
    if not isinstance(given, dict):
        return None, {"non_field_errors": ["Invalid data."]}
    problems: Json = {}
    for name, most in _LONGEST.items():
        value = given.get(name, "-")
        if value is None and name not in _NULLABLE:
            problems[name] = ["This field may not be null."]
        elif value == "" and name not in _NULLABLE:
            problems[name] = ["This field may not be blank."]
        elif isinstance(value, str) and len(value) > most:
            problems[name] = [f"Ensure this field has no more than {most} characters."]
    event_type = given.get("event_type")
    if event_type and "event_type" not in problems and event_type not in registry:
        problems["event_type"] = [f'"{event_type}" is not a valid choice.']
    if "retry_countdown_config" in given:
        problems |= _countdown_problems(given["retry_countdown_config"])
        if not problems and given["retry_countdown_config"]["choice"] == "exponential":
            kwargs = {"factor": 1, **given["retry_countdown_config"]["kwargs"]}
            given["retry_countdown_config"] = {"choice": "exponential", "kwargs": kwargs}
    return given, problems


def _countdown_problems(config: Any) -> Json:
    choice = config.get("choice") if isinstance(config, dict) else None
    if choice not in _COUNTDOWNS:
        return {"retry_countdown_config": {"choice": [f'"{choice}" is not a valid choice.']}}
    missing = _COUNTDOWNS[choice] - set(config.get("kwargs") or ())
    found = {name: ["This field is required."] for name in sorted(missing)}
    return {"retry_countdown_config": {"kwargs": found}} if found else {}


def _now() -> str:
    return _moment(datetime.now(UTC))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
