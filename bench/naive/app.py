"""The worker as it is usually written: what bench/cold.py compares with. Never shipped.

Clients at import, a model of every field, Jinja2, Powertools for parameters and idempotency. It
makes the same calls to the shop, and puts a document of the same fields; it proves nothing.
"""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import httpx
import jinja2
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from models import Item, Order

logger = Logger(service="naive")
metrics = Metrics(namespace="Naive", service="naive")
s3 = boto3.client("s3")
sqs = boto3.client("sqs")
ssm = boto3.client("ssm")
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
config = IdempotencyConfig(event_key_jmespath="[uuid]")
http = httpx.Client(base_url=os.environ["OMNITRON_URL"])
template = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True
).get_template("order.xml.j2")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    config.register_lambda_context(context)
    for record in event["Records"]:
        deliver(notification=json.loads(record["body"]))
    return {"batchItemFailures": []}


@idempotent_function(
    data_keyword_argument="notification", persistence_store=persistence, config=config
)
def deliver(notification: dict[str, Any]) -> dict[str, Any]:
    token = parameters.get_parameter(f"/{os.environ['STACK_NAME']}/omnitron-token", decrypt=True)
    headers = {"Authorization": f"Token {token}"}
    pk = notification["pk"]

    def get(path: str) -> Any:
        return http.get(f"/api/v1/{path}", headers=headers).raise_for_status().json()

    order = Order.model_validate(get(f"orders_integration/{pk}/detailed_integration/"))
    found = get(f"order_item/detailed_integration/?order={pk}")["results"]
    items = [Item.model_validate(item) for item in found]
    get(f"discount_items/detailed_integration/?order={pk}")
    document = template.render(order=order, items=items, net=net)
    key = f"documents/naive/{order.number}-{pk}.xml"
    s3.put_object(Bucket=os.environ["BUCKET"], Key=key, Body=document.encode())
    http.patch(
        f"/api/v1/orders/{pk}/", json={"is_send": True}, headers=headers
    ).raise_for_status()  # fmt: skip
    logger.info("delivered", order=pk)
    metrics.add_metric(name="Delivered", unit="Count", value=1)
    metrics.flush_metrics()
    return {"key": key}


def net(item: Item) -> Decimal:
    return round((item.price or Decimal(0)) * 100 / (100 + (item.tax_rate or 0)), 2)
