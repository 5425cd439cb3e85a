import math
from dataclasses import dataclass

from importers.sample.places import Street
from importers.sample.regions import BRUSSELS, FLANDERS, WALLONIA, SampleRegion
from importers.sample.stable import choose, happens

# Houses per street and, per mille of the houses, those with boxes: together they give about the
# shares of rows with a box that the real files have (73 % Brussels, 30 % Flanders, 21 % Wallonia).
HOUSES = {"Flanders": 11, "Brussels": 6, "Wallonia": 11}
BOXED = {"Flanders": 120, "Brussels": 870, "Wallonia": 85}
BOX_STYLES = {
    "Flanders": (
        ("1", "2", "3"),
        ("0001", "0101", "0102", "0201"),
        ("glvl", "1.0", "2.0"),
        ("A", "B", "C", "D"),
    ),
    "Brussels": (
        ("b001", "b002", "b003", "b004", "b005"),
        ("RDC", "1eET", "2eET", "3eET"),
        ("1", "2", "3", "4"),
        ("b1.1", "b1.2", "b2.1", "b2.2"),
    ),
    "Wallonia": (
        ("0001", "0002", "0003"),
        ("A1", "A2", "A7"),
        ("1/A", "2/A", "4/B"),
        ("0RCH", "1ET", "2ET"),
    ),
}
METRES_PER_HOUSE = 9
Key = tuple[str, str, int]  # region, street, rank of the house in it


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An invented house number with its boxes; `metres` along the street from its centre."""

    number: str
    postal_code: str
    status: str
    boxes: tuple[str, ...]
    metres: int


def invent_houses(region: SampleRegion, street: Street) -> list[House]:
    """The invented houses of one street; no number comes twice."""
    count = HOUSES[region.name] if street.houses is None else street.houses
    bare = street.first or 1 + choose(30, "first", region.name, street.object_id)
    houses = []
    for n in range(count):
        key = (region.name, street.object_id, n)
        number, last = _invent_number(region, bare, key)
        houses.append(
            House(
                number=number,
                # quirk 31: the postal codes of a long street follow one another
                postal_code=street.postal_codes[n * len(street.postal_codes) // count],
                status=_invent_status(region, key),
                boxes=_invent_boxes(region, key),
                metres=(n - count // 2) * METRES_PER_HOUSE,
            )
        )
        bare = last + 1 + choose(3, "step", *key)
    return houses


def place_house(region: SampleRegion, street: Street, house: House) -> str:
    """Lambert 72 as published; all boxes of a house share the point (quirk 4)."""
    key = (region.name, street.object_id, house.number)
    if region is WALLONIA and happens(115, "no position", *key):
        return "0 0"  # quirk 1
    if region is FLANDERS and happens(20, "no position", *key):
        return ""  # quirk 2
    bearing = choose(180, "bearing", *key[:2]) if street.bearing is None else street.bearing
    east, north = math.sin(math.radians(bearing)), math.cos(math.radians(bearing))
    side = 8 if choose(2, "side", *key) else -8
    x = street.centre[0] + house.metres * east + side * north
    y = street.centre[1] + house.metres * north - side * east
    decimals = 2 if region is FLANDERS else 3
    return f"{x:.{decimals}f} {y:.{decimals}f}"


def _invent_number(region: SampleRegion, bare: int, key: Key) -> tuple[str, int]:
    """A house number and the last whole number it takes."""
    if happens(40, "letter", *key):
        return f"{bare}{'ABCDE'[choose(5, 'which letter', *key)]}", bare
    if region is FLANDERS and happens(10, "bis", *key):
        return f"{bare}_1", bare  # quirk 15
    if region is BRUSSELS and happens(30, "range", *key):
        return f"{bare}-{bare + 2}", bare + 2  # quirk 18
    if region is WALLONIA and happens(20, "range", *key):
        return f"{bare}/{bare + 2}", bare + 2  # quirk 18
    return str(bare), bare


def _invent_status(region: SampleRegion, key: Key) -> str:
    """Quirk 10: Wallonia publishes current addresses only."""
    drawn = choose(1000, "status", *key)
    if region is WALLONIA or drawn >= 100:
        return "current"
    if drawn < 60:
        return "retired"
    return "proposed" if region is FLANDERS and drawn < 75 else "current"


def _invent_boxes(region: SampleRegion, key: Key) -> tuple[str, ...]:
    if not happens(BOXED[region.name], "boxed", *key):
        return ()
    styles = BOX_STYLES[region.name]
    style = styles[choose(len(styles), "box style", *key)]
    return style[: 2 + choose(len(style) - 1, "boxes", *key)]
