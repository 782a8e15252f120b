"""Akinon's own webhook sender, dj-whisperer, as the server that Omnitron runs: `python -m`."""
