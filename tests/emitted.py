"""The embedded metric lines that the code under test has written, and their data points."""

import json
from collections import defaultdict
from typing import Any

import pytest


class Emitted:
    """What stands on standard output since it was last asked."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def lines(self) -> list[dict[str, Any]]:
        """Each embedded metric line."""
        found = []
        for text in self._capture.readouterr().out.splitlines():
            if text.startswith('{"_aws"'):
                found.append(json.loads(text))
        return found

    def points(self) -> dict[str, list[float]]:
        """The data points by metric, as CloudWatch reads them: only names that a line declares."""
        points: dict[str, list[float]] = defaultdict(list)
        for line in self.lines():
            for directive in line["_aws"]["CloudWatchMetrics"]:
                for metric in directive["Metrics"]:
                    value = line[metric["Name"]]
                    points[metric["Name"]] += value if isinstance(value, list) else [value]
        return dict(points)


@pytest.fixture
def emitted(capsys: pytest.CaptureFixture[str]) -> Emitted:
    """Reads what the test's own code has emitted so far."""
    return Emitted(capsys)
