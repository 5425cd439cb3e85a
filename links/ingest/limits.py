"""How much of a sector's file is read before it is refused: what is beyond is no file of links."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, lengths in characters."""

    file_bytes: int = 4 << 30
    rows: int = 20_000_000
    line: int = 1 << 16
    cell: int = 1000
    columns: int = 40
    xml_token: int = 1 << 18
    zip_entries: int = 16
    zip_directory: int = 1 << 14
    zip_ratio: int = 200


USUAL = Limits()
