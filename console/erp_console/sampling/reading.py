"""A sample file, read by its kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from erp_console.sampling.csv_sample import read_csv
from erp_console.sampling.decoding import decoded, newline_of
from erp_console.sampling.json_sample import read_json
from erp_console.sampling.tree import Sample
from erp_console.sampling.xml_sample import read_xml
from erp_console.terminal import Hindered

_READERS: Final[dict[str, Callable[[str], Sample]]] = {
    ".xml": read_xml, ".json": read_json, ".csv": read_csv, ".txt": read_csv,
}  # fmt: skip


def read_sample(file: Path, content: bytes) -> Sample:
    """The sample's tree, its encoding and its line ends. Raises Hindered."""
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise Hindered(f"{file.name} is no .xml, .json or .csv file: name another.")
    text, encoding, sentence = decoded(content)
    if not text.strip():
        raise Hindered(f"{file.name} is empty: name another.")
    sample = reader(text)
    sample.newline = newline_of(content)
    sample.encoding = "utf-8" if sample.kind == "json" else encoding
    if sentence:
        sample.note(sentence)
    return sample
