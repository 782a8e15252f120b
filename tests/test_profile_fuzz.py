"""Whatever lies in a profile's folder: it loads, or the problems are said. Nothing else happens."""

import os
import shutil
from pathlib import Path

import pytest
from erp_adapter.errors import Rejected
from erp_adapter.profile import Document, InvalidProfile, Profile, load_profile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from profile_files import balanced

PROFILES = Path(__file__).parent.parent / "layers" / "profiles"
RUN = int(os.environ.get("GENERATED_PROFILES", "40"))
"""How many mutated profiles of each kind; the long run is GENERATED_PROFILES=2000."""
FILES = [
    "logo-sales-orders/order.xml", "logo-sales-orders/profile.toml", "odoo/profile.toml",
    "nebim-order/order.json", "nebim-order/profile.toml", "csv-records/profile.toml",
]  # fmt: skip
PIECES = [
    "{", "}", "{{", "}}", "[", "]", "(", ")", '"', "'", "`", "\\", "<", ">", "&", "&amp;", "||",
    ".", ",", ":", "@", "*", "?", "!", "-", "=", "==", "#", "\n", "\x00", "\ud83c", "ş", "0", "|",
    "order.", "settings.", "lines", "[?", "[*]", "[]", "[0]", "not ", " and ", " or ", " gt ",
    "o:each", "o:if", "@each", "money(", "lookup(", "wrap(", "join(", "true", "null", "1.5",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>", "<?x y?>", "<![CDATA[", "<o:group>", "</o:group>", "%q",
    "999999999999999999999",
]  # fmt: skip
ORDER = balanced(notes="Not")
Edit = tuple[float, int, str]
edits = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.one_of(st.just(""), st.sampled_from(PIECES))),
    min_size=1, max_size=4,
)  # fmt: skip


def edited(text: str, changes: list[Edit]) -> str:
    for where, length, piece in changes:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + length :]
    return text


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=RUN, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=edits)
def test_a_profile_with_anything_in_it(
    tmp_path_factory: pytest.TempPathFactory, name: str, changes: list[Edit]
) -> None:
    folder = tmp_path_factory.mktemp("fuzz") / "own"
    source = PROFILES / name
    shutil.copytree(source.parent, folder, ignore=shutil.ignore_patterns("examples"))
    planted = edited(source.read_text("utf-8"), changes)
    (folder / source.name).write_bytes(planted.encode("utf-8", "surrogatepass"))
    profile = loaded(folder)
    if isinstance(profile, InvalidProfile):
        check_problems(profile, source.name, planted)
    else:
        outcome = rendered(profile)
        assert outcome.path if isinstance(outcome, Rejected) else outcome.content


def loaded(folder: Path) -> Profile | InvalidProfile:
    try:
        return load_profile(folder)
    except InvalidProfile as invalid:
        return invalid


def rendered(profile: Profile) -> Document | Rejected:
    try:
        return profile.render(ORDER)
    except Rejected as rejection:
        return rejection


def check_problems(invalid: InvalidProfile, name: str, planted: str) -> None:
    """Every problem has a place that is there."""
    assert invalid.problems
    lines = planted.replace("\r\n", "\n").split("\n")
    for problem in invalid.problems:
        if problem.file == name:
            assert 1 <= problem.line <= len(lines), problem
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1, problem
