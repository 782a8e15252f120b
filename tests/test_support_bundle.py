"""`support-bundle`: enough to help with, and nobody in it."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from erp_console.canaries import canaries, sightings
from examined import Examined
from test_leaks import PERSON, peopled
from world import SECRET


def test_a_day_s_outcomes_and_nobody_s_name(
    make_examined: Callable[..., Examined], tmp_path: Path
) -> None:
    examined = make_examined(profiles=("csv-flat",))
    world = examined.world
    for pk, changes in ((1, {}), (2, {"amount": "16.41"}), (3, {})):
        order, items, discounts = peopled(pk)
        world.omnitron.shop.put({**order, **changes}, items=items, discounts=discounts)
    assert world.work(1, 2, 3) == []
    words = "Süheyla hanım phoned"
    for pk, changed in ((1, {"by": "isil.uydurma", "message": words}), (3, {"updated_at": 1})):
        entry = world.entry(pk, "csv")
        world.ledger.put(replace(entry, **changed), replacing=entry)
    file = tmp_path / "bundle.zip"
    examined.operated.said("support-bundle", "-o", str(file))
    with zipfile.ZipFile(file) as archive:
        texts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    assert set(texts) >= {
        "about.json", "stack.json", "doctor.json", "outcomes.json", "profiles/routes.toml",
        "profiles/csv-flat/profile.toml",
    }  # fmt: skip
    outcomes = {each["order"]: each for each in json.loads(texts["outcomes.json"])}
    assert {pk: each["state"] for pk, each in outcomes.items()} == {
        "1": "delivered", "2": "rejected"
    }  # fmt: skip
    assert outcomes["2"]["code"] == "TOTALS_MISMATCH"
    birds = canaries(*(document for pk in (1, 2, 3) for document in peopled(pk)))
    assert len(birds) > 20
    assert sightings(birds, texts.values()) == []
    whole = "\n".join(texts.values())
    secrets = (SECRET, world.omnitron.token, words, "isil.uydurma", *PERSON.values())
    assert [each for each in secrets if each in whole] == []


def test_a_file_that_can_t_be_written(examined: Examined, tmp_path: Path) -> None:
    result = examined.operated.run("support-bundle", "-o", str(tmp_path / "no" / "bundle.zip"))
    assert result.exit_code == 2
    assert "name another file with -o" in result.stderr
