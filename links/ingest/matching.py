"""Addresses as a sector writes them, found by the public `match`: a program apart.

It is told the number of a row and the address, and nothing else: what asks where an address is
must not learn who lives there. It reads a register that is on this machine (BEST_HOME).
"""

from __future__ import annotations

import csv
import subprocess
import tempfile
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING

from links.ingest.rows import ADDRESS_COLUMNS
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MATCH = (str(Path(__file__).parents[2] / "best"), "match")
_FIELDS = {"address": "text", "postcode": "postCode"}
_COLUMNS = ",".join(f"{_FIELDS.get(name, name)}={name}" for name in ADDRESS_COLUMNS)
_SURE = frozenset({"exact", "corrected"})
_WHOLE = frozenset({"box", "building"})


class WorkClass(StrEnum):
    """What its owner has to correct of an address: the first thing that was not found."""

    MUNICIPALITY = "A"
    STREET = "B"
    HOUSE_NUMBER = "C"
    BOX = "D"


# A guess that is right for a letter is not sure enough for a link: another home is another person.
_DOUBTS = {
    "onlyWithLetter": WorkClass.HOUSE_NUMBER,
    "letterDropped": WorkClass.HOUSE_NUMBER,
    "noSuchBox": WorkClass.BOX,
}
_CLASSES = {
    "municipality": WorkClass.STREET,
    "postalInfo": WorkClass.STREET,
    "part": WorkClass.STREET,
    "street": WorkClass.HOUSE_NUMBER,
    "building": WorkClass.BOX,
    "box": WorkClass.BOX,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of one address: its id, or why its owner is asked.

    `is_building`: nothing told a box from the others, so the id must not be a box's.
    """

    address_id: str
    work_class: WorkClass | None
    candidates: str = ""
    verdict: str = ""
    is_building: bool = False

    def postpone(self) -> Found:
        """Return the same as a place in a work list."""
        return replace(self, work_class=self.work_class or WorkClass.HOUSE_NUMBER)

    def ask_for_box(self) -> Found:
        """Return the same as a place in a work list: which box it is, its owner must say."""
        return Found(address_id="", work_class=WorkClass.BOX, candidates=self.address_id)


def match_addresses(
    addresses: Iterable[tuple[int, Sequence[str]]], command: Sequence[str] = MATCH
) -> Mapping[int, Found]:
    """Return by row number what `match` says of addresses in the order of ADDRESS_COLUMNS.

    EnvironmentProblem when there is no register to match with, or `match` refuses.
    """
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        if not _write(asked, addresses):
            return {}
        arguments = [*command, "-", "-o", "-", "--separator", ",", "--encoding", "utf-8"]
        done = subprocess.run(
            [*arguments, "--columns", _COLUMNS],
            stdin=asked,
            stdout=answered,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode != 0:
            told = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise EnvironmentProblem(f"The addresses could not be matched: {told}")
        answered.seek(0)
        return _read(answered)


def _write(file: IO[bytes], addresses: Iterable[tuple[int, Sequence[str]]]) -> int:
    count = 0
    with open(file.fileno(), "w", encoding="utf-8", newline="", closefd=False) as text:
        writer = csv.writer(text)
        writer.writerow(["row", *ADDRESS_COLUMNS])
        for count, (number, cells) in enumerate(addresses, 1):  # noqa: B007 - counted
            writer.writerow([number, *cells])
    file.seek(0)
    return count


def _read(file: IO[bytes]) -> dict[int, Found]:
    with open(file.fileno(), encoding="utf-8-sig", newline="", closefd=False) as text:
        return {int(row["row"]): judge(row) for row in csv.DictReader(text)}


def judge(row: Mapping[str, str]) -> Found:
    """Return the address of a row that `match` answered, or the class of what is to be done."""
    level, reason = row["best_match_level"], row["best_reason"]
    missing: WorkClass | None = _CLASSES.get(level, WorkClass.MUNICIPALITY)
    if row["best_verdict"] in _SURE and level in _WHOLE and row["best_id"]:
        missing = next((found for word, found in _DOUBTS.items() if word in reason), None)
    if missing is None:
        return Found(
            address_id=row["best_id"],
            work_class=None,
            verdict=row["best_verdict"],
            is_building=level == "building",
        )
    return Found(address_id="", work_class=missing, candidates=reason)
