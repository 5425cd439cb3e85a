"""Every house and box number of BeSt in 2019 with its frequency, and the shapes they have."""

from __future__ import annotations

import ast
import csv
from functools import cache

from registry.domain.region import Region
from tests.database.shared_data import find_shared

REGIONS = {
    "B": Region.BRUSSELS,
    "F": Region.FLANDERS,
    "W": Region.WALLONIA,
    "Nat": Region.FLANDERS,  # the sum of the three: any rule must bear it
}


@cache
def read_values() -> dict[str, tuple[tuple[str, int], ...]]:
    """Values and their frequency by section: Hs=Nat, Bx=F ..."""
    sections: dict[str, list[tuple[str, int]]] = {}
    text = find_shared("data/best-2019-reference/OUT_hsBx.txt").read_text(encoding="latin-1")
    name = ""
    for line in map(str.strip, text.splitlines()):
        if line.endswith("===="):
            name = line.rstrip("=")
        elif line.startswith("("):
            sections.setdefault(name, []).append(ast.literal_eval(line))
    return {name: tuple(values) for name, values in sections.items()}


def read_shapes() -> list[dict[str, str]]:
    """The same reduced to shapes (9 for digits, A for letters), each with examples."""
    path = find_shared("data/best-2019-reference/house-box-shapes.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
