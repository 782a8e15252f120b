"""`/_fake/...`: how tests and demonstrations steer a fake Omnitron that runs elsewhere.

POST /_fake/faults   one fault or a list of them, with the fields of `faults.Fault`
DELETE /_fake/faults heals everything
GET /_fake/orders    every order as it truly is: pk, number, status, is_send
PUT /_fake/orders    {"order": {...}, "items": [...], "discounts": [...], "hidden_reads": 0}
PUT /_fake/lag       {"seconds": 2}: changes are seen that much later
GET /_fake/calls     counters by kind and by path, most calls at once
"""

import json

from erp_console import shop_json
from erp_console.fake_request import Answer, Request, not_found
from erp_console.fake_shop import FakeShop
from erp_console.faults import Traffic


def answer(request: Request, shop: FakeShop, traffic: Traffic) -> Answer:
    """Does what the call asks for; 400 with a sentence where it can't be understood."""
    try:
        return _answer(request, shop, traffic)
    except (ValueError, KeyError, TypeError) as error:
        return Answer.json({"detail": f"Not understood: {error}"}, 400)


def _answer(request: Request, shop: FakeShop, traffic: Traffic) -> Answer:
    match (request.method, request.path.rstrip("/")):
        case ("POST", "/_fake/faults"):
            given = json.loads(request.body)
            for fault in given if isinstance(given, list) else [given]:
                traffic.fail(**fault)
        case ("DELETE", "/_fake/faults"):
            traffic.heal()
        case ("GET", "/_fake/orders"):
            shown = ("pk", "number", "status", "is_send")
            orders = [shop.order(pk) for pk in shop.pks]
            return Answer.json([{name: o.get(name) for name in shown} for o in orders])
        case ("PUT", "/_fake/orders"):
            given = shop_json.load(request.body)
            shop.put(
                given["order"],
                items=given.get("items"),
                discounts=given.get("discounts"),
                hidden_reads=int(given.get("hidden_reads", 0)),
            )
        case ("PUT", "/_fake/lag"):
            shop.lag = float(json.loads(request.body)["seconds"])
        case ("GET", "/_fake/calls"):
            return Answer.json(
                {
                    "calls": dict(traffic.calls),
                    "paths": dict(traffic.paths),
                    "max_in_flight": traffic.max_in_flight,
                }
            )
        case _:
            return not_found()
    return Answer.json({"ok": True})
