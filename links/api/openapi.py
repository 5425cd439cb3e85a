"""The API's description, OpenAPI 3.0.3, written by hand beside this file and checked by tests."""

from pathlib import Path


def read_document() -> bytes:
    """Return openapi.json."""
    return Path(__file__).with_name("openapi.json").read_bytes()
