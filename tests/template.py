"""template.yaml as it stands, read once for all tests."""

from pathlib import Path
from typing import Any, Final

from samcli.yamlhelper import yaml_parse

ROOT: Final = Path(__file__).parents[1]
TEMPLATE: Final[dict[str, Any]] = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
RESOURCES: Final[dict[str, Any]] = TEMPLATE["Resources"]
