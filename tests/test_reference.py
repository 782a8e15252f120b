"""docs/reference.md is what its sources say now."""

import runpy

from stack import ROOT


def test_the_reference_is_fresh() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "reference.py"))["reference"]()
    committed = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert made == committed, "docs/reference.md is stale: run `make reference` and commit it"


def test_it_names_every_command_metric_alarm_and_code() -> None:
    text = (ROOT / "docs" / "reference.md").read_text("utf-8")
    for name in (
        "### redrive", "`--dlq`", "`SecondsToDocument`", "[GapAlarm](runbook.md#gapalarm)",
        "[TOTALS_MISMATCH](runbook.md#totals_mismatch)", "[UNVERIFIED](runbook.md#unverified)",
    ):  # fmt: skip
        assert name in text
