"""`status` of all: counts, the rejected for the finance department, the gap; an order by its number
without reading the whole ledger."""

import csv
import io
from dataclasses import replace

import pytest
from aws import asked
from erp_adapter.ledger import Entry
from erp_console.deployed import Deployed
from erp_console.ledger_summary import summary_of
from erp_console.status import of_order
from operated import Operated, answer_invocations


def rejected(operated: Operated, pk: int, number: str) -> Entry:
    """An entry of a rejected order."""
    return operated.world.ledger.put(
        Entry(
            order=str(pk), route="ubl", version=0, state="rejected", number=number,
            code="TOTALS_MISMATCH", message="The lines are not the amount", path="amount",
            expected="16.4", found="16.41", announced_at=1, updated_at=1_700_000_000 + pk,
        ),
        replacing=None,
    )  # fmt: skip


def test_the_rejected_for_the_finance_department(operated: Operated) -> None:
    rejected(operated, 2, "T2")
    rejected(operated, 1, "=1+1;\"İ\"")  # fmt: skip
    result = operated.run("status", "--rejected", "--csv")
    assert result.exit_code == 0, result.output
    assert result.stdout_bytes.startswith(b"\xef\xbb\xbfnumber;order;")
    rows = list(csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8-sig")), delimiter=";"))
    assert [(row["number"], row["order"]) for row in rows] == [('\'=1+1;"İ"', "1"), ("T2", "2")]
    assert "expected 16.4, found 16.41" in rows[0]["why"]
    assert rows[0]["remedy"].startswith("Mend its amounts in the shop")
    [first, _] = operated.said("status", "--rejected")["rejected"]
    assert first["code"] == "TOTALS_MISMATCH"
    assert "T2  ubl  TOTALS_MISMATCH" in operated.run("status", "--rejected").stdout


@pytest.mark.parametrize(
    "arguments", [["--csv"], ["1", "--rejected"], ["--rejected", "--csv", "--json"]]
)
def test_options_that_exclude_each_other(operated: Operated, arguments: list[str]) -> None:
    assert operated.run("status", *arguments).exit_code == 2


def test_the_summary_says_what_the_shop_s_list_has_more(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    operated.world.new_order(1)
    assert "unknown" in operated.said("status")["shop"]
    assert operated.said("status", "--ledger-only")["shop"] is None
    answer_invocations(operated.deployed)
    monkeypatch.setattr("erp_console.deployed.describe", lambda _: operated.deployed)
    found = operated.said("status")["shop"]
    assert (found["waiting_in_shop"], found["gap"]) == (1, 1)
    assert "Gap (sendable, not sent, and the ledger knows no reason): 1" in (
        operated.run("status").stdout
    )


def test_a_number_that_the_shop_knows_needs_no_scan(operated: Operated) -> None:
    operated.world.new_order(1)
    rejected(operated, 1, "T1")
    deployed: Deployed = replace(operated.deployed)
    with asked(deployed.aws.client("dynamodb")) as calls:
        [order] = of_order(deployed, "T1")["orders"]
    assert order["order"] == "1"
    assert "Scan" not in calls
    rejected(operated, 2, "T2")
    [order] = operated.said("status", "T2")["orders"]
    assert order["order"] == "2"


def test_parts_of_the_table_are_the_whole(operated: Operated) -> None:
    for pk in range(1, 41):
        entry = rejected(operated, pk, f"T{pk}")
        if pk % 4 == 0:
            operated.world.ledger.put(replace(entry, state="delivered"), replacing=entry)
    operated.world.ledger.put(
        Entry(order="41", route="-", version=0, state="waiting", reason="CLAIMED", updated_at=5),
        replacing=None,
    )  # fmt: skip
    operated.world.ledger.put(
        Entry(order="4", route="-", version=0, state="waiting", reason="CLAIMED", updated_at=5),
        replacing=None,
    )  # fmt: skip
    found = summary_of(operated.deployed).as_dict()
    assert found["states"] == {"rejected": 30, "delivered": 10, "waiting": 1}
    assert found["oldest_waiting"]["order"] == "41"
