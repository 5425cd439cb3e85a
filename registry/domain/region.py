"""The three regions that keep the authentic address registers."""

from enum import StrEnum


class Region(StrEnum):
    """A region; the value is the prefix of its public ids and the key in the store."""

    BRUSSELS = "bru"
    FLANDERS = "vlg"
    WALLONIA = "wal"

    @property
    def iso_code(self) -> str:
        """ISO 3166-2 code, as in belgif openapi-location: BE-BRU, BE-VLG, BE-WAL."""
        return f"BE-{self.value.upper()}"

    @property
    def label(self) -> str:
        """Name as BeSt file names write it: Brussels, Flanders, Wallonia."""
        return self.name.capitalize()

    @classmethod
    def from_iso_code(cls, code: str) -> "Region":
        """Return the region of an ISO 3166-2 code; ValueError when there is none."""
        return cls(code.removeprefix("BE-").lower())
