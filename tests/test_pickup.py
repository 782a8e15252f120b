"""Pick-up: the ERP deletes what it has taken, and a route may make `is_send` wait for that."""

from collections.abc import Callable
from typing import Any

import pytest
from world import World

PK = 1001
KEY = "documents/ubl/T1001-1001.xml"


def after_pickup(tables: dict[str, Any]) -> None:
    tables["route"][0]["acknowledge"] = "after-pickup"


@pytest.fixture
def patient(make_world: Callable[..., World]) -> World:
    """One route, to S3, that is acknowledged after its pick-up; its order is delivered."""
    world = make_world(change=after_pickup)
    world.new_order(PK)
    assert world.work(PK) == []
    return world


# ------------------------------------------------------------- what is_send waits for


def test_is_send_waits_for_the_pick_up(patient: World) -> None:
    assert list(patient.documents()) == [KEY]
    for _ in range(2):
        entry = patient.entry(PK)
        assert (entry.state, entry.acknowledged, entry.picked_up_at) == ("delivered", False, None)
        assert not patient.is_send(PK)
        assert patient.work(PK) == []
    assert patient.entry(PK).version == 2, "nothing was written while it waits"


def test_once_it_was_picked_up_the_shop_is_told(patient: World) -> None:
    patient.import_all()
    assert patient.work(PK) == []
    entry = patient.entry(PK)
    assert patient.is_send(PK)
    assert entry.acknowledged
    assert entry.picked_up_at
    assert entry.acknowledged_at
    assert patient.puts() == [KEY]


def test_while_s3_does_not_say_the_shop_is_told_nothing(patient: World) -> None:
    from botocore.exceptions import EndpointConnectionError

    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="s3")

    patient.import_all()
    patient.on("s3", "before-call.s3.HeadObject", down, retries=False)
    assert patient.work(PK) == [str(PK)]
    assert not patient.is_send(PK)
    patient.heal()
    assert patient.work(PK) == []
    assert patient.is_send(PK)


def test_what_lies_there_for_another_route_is_nothing_to_wait_for(
    make_world: Callable[..., World],
) -> None:
    """The copy's route acknowledges after its write: it is the first that is waited for."""
    world = make_world(("ubl-order", "csv-flat"), change=after_pickup)
    world.new_order(PK)
    assert world.work(PK) == []
    world.client("s3").delete_object(Bucket=world.bucket, Key=KEY)
    assert not world.is_send(PK)
    assert world.work(PK) == []
    assert world.is_send(PK)
    assert {route: entry.acknowledged for route, entry in world.entries(PK).items()} == {
        "ubl": True, "csv": True,
    }  # fmt: skip
