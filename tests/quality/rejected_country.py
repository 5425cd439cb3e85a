"""Flanders with something wrong by every rule, and something like it that is well.

Objects are named by rule: what a rule must ring on is `RULE-rejected`, what it must not
`RULE-accepted`; anything else is scenery. Texts that a rule judges are the catalogue's examples.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

from registry.domain.region import Region
from registry.quality.rules import find_rule
from tests.database.editions import Address, Edition, Named, StreetName

GHENT, ANTWERP = "44021", "11002"
X, Y = 104_000, 194_000  # Lambert 72, in Ghent
OUTLINE = {  # of Ghent, generously
    "type": "Feature",
    "properties": {"NIS5": int(GHENT)},
    "geometry": {
        "type": "Polygon",
        "coordinates": [
            [
                [90_000, 180_000],
                [120_000, 180_000],
                [120_000, 210_000],
                [90_000, 210_000],
                [90_000, 180_000],
            ]
        ],
    },
}


def example(rule: str, verdict: str) -> str:
    """The catalogue's example; of `TEXT in NIS` the text."""
    found = find_rule(rule)
    assert found is not None
    text = found.accepted if verdict == "accepted" else found.rejected
    words, _, code = text.rpartition(" in ")
    return words if words and code.isdigit() else text


def house(
    street: str, number: str, east: float | None = None, north: float = 0, **fields: str
) -> Address:
    """An address in Ghent; so many metres from a corner, or where no other is."""
    if east is None:
        east, north = divmod(zlib.crc32(f"{street} {number}".encode()) % 4_000_000, 2_000)
        north += 6_000
    usual = {"id": f"{street}.{number}.{fields.get('box', '')}", "postal_code": "9000"}
    place = {"street": street, "number": number, "position": f"{X + east} {Y + north}"}
    return Address(**({"municipality": GHENT} | usual | place | fields))  # type: ignore[arg-type]


def pair(rule: str, accepted: Address, rejected: Address) -> list[Address]:
    return [replace(accepted, id=f"{rule}-accepted"), replace(rejected, id=f"{rule}-rejected")]


def list_positions() -> list[Address]:
    number_order = [house("order", str(n), 5 * n) for n in (1, 5, 9, 13)]
    parity = [house("parity", str(n), 5 * n, 20 * (n % 2)) for n in (1, 2, 4, 5, 6, 8, 9, 10, 11)]
    far = [house("far", str(n), 10 * n) for n in range(1, 8)]
    crowd = [house("crowd", str(n), 300, 300) for n in range(1, 21)]
    crew = [house("crew", str(n), 600, 600) for n in range(1, 20)]
    return [
        *number_order,
        *pair("numberOutOfOrder", house("order", "3", 15), house("order", "11", 800)),
        *parity,
        *pair("parityJump", house("parity", "3", 15, 20), house("parity", "7", 35, 0)),
        *far,
        *pair("farFromStreet", house("far", "20", 200), house("far", "22", 8_000)),
        *pair(
            "outsideMunicipality",
            house("edge", "1", 15_900),
            replace(house("edge", "2"), position="150000 170000"),
        ),
        *pair("boxesApart", house("apart", "1", 0, box="1"), house("apart", "3", 0, box="1")),
        house("apart", "1", 200, box="2"),
        replace(house("apart", "3", 400, box="2"), id="scenery"),
        *crowd,
        *crew,
        *pair("manyOnOnePoint", house("crew", "20", 600, 600), house("crowd", "21", 300, 300)),
        *pair("positionMissing", house("p", "1"), replace(house("p", "3"), position=None)),
        *pair("positionZero", house("p", "5"), replace(house("p", "7"), position="0 0")),
        *pair("positionUnreadable", house("p", "9"), replace(house("p", "11"), position="hier")),
        *pair("positionSystemUnknown", house("p", "13"), replace(house("p", "15"), crs=9999)),
        *pair(
            "positionOutsideBelgium", house("p", "17"), replace(house("p", "19"), position="1 1")
        ),
    ]


def list_numbers() -> list[Address]:
    judged = ("Unreadable", "Zero", "Missing", "TooLong", "RangeTooWide")
    numbers = (*(f"houseNumber{end}" for end in judged), "boxInHouseNumber")
    by_number = [
        replace(house(rule, example(rule, verdict)), id=f"{rule}-{verdict}")
        for rule in numbers
        for verdict in ("accepted", "rejected")
    ]
    by_box = [
        replace(
            house("box", str(n), box=example("boxNumberUnreadable", verdict)),
            id=f"boxNumberUnreadable-{verdict}",
        )
        for n, verdict in enumerate(("accepted", "rejected"), 1)
    ]
    return [
        *by_number,
        *by_box,
        *pair("sameNumberSpeltTwice", house("twice", "10B"), house("twice", "10a")),
        replace(house("twice", "10A"), id="first"),
        *pair("boxWithoutMainAddress", house("main", "1"), house("main", "3", box="1")),
        house("main", "1", box="1"),
    ]


def list_references() -> list[Address]:
    def code(n: int, text: str) -> Address:
        return house("codes", str(n), postal_code=text, municipality="21004")

    rules = ("postCodeMisshapen", "postCodeSpecial", "postCodeForeign")
    codes = [
        replace(code(3 * n + m, example(rule, verdict)), id=f"{rule}-{verdict}")
        for n, rule in enumerate(rules)
        for m, verdict in enumerate(("accepted", "rejected"), 1)
    ]
    other = house("here", "3", municipality=ANTWERP)
    return [
        *codes,
        *pair("danglingStreetName", house("here", "5"), house("nowhere", "5")),
        *pair("danglingMunicipality", house("here", "7"), house("here", "9", municipality="99999")),
        *pair(
            "danglingPartOfMunicipality",
            house("here", "11", part="1"),
            house("here", "13", part="2"),
        ),
        *pair("danglingPostalInfo", house("here", "15"), house("here", "17", postal_code="9999")),
        *pair("municipalityDiffersFromStreetName", house("here", "1"), other),
        *pair("duplicateAddress", house("same", "1"), house("same", "3")),
        replace(house("same", "3"), id="a-first"),
        *pair("unknownStatus", house("here", "19"), house("here", "21", status="sleeping")),
        *pair(
            "endBeforeBegin",
            house("here", "23", status="retired", valid_to="2020-01-01T00:00:00Z"),
            house("here", "25", status="retired", valid_to="2010-01-01T00:00:00Z"),
        ),
        *pair(
            "endedButCurrent",
            house("here", "27"),
            house("here", "29", valid_to="2016-01-01T00:00:00Z"),
        ),
        *pair(
            "validInFuture",
            house("here", "31"),
            house("here", "33", valid_from="2099-01-01T00:00:00Z"),
        ),
        *pair("rejectedRow", house("here", "35"), replace(house("here", "37"), number=None)),
        *pair("repeatedIdentifier", house("here", "39"), house("here", "41")),
        replace(house("here", "41"), id="repeatedIdentifier-rejected", version="0"),
        replace(house("here", "47"), id="unknownDeletion-accepted"),
        *pair("olderVersion", house("here", "43", version="2"), house("here", "45", version="2")),
        house("retiredStreetName-rejected", "1"),
        house("retiredStreetName-accepted", "1", status="retired"),
        house("streetNameWithoutAddresses-accepted", "1"),
    ]


def list_street_names() -> list[StreetName]:
    def name(street_id: str, text: str | None = None, **fields: str) -> StreetName:
        names = {"nl": text or f"Straat {street_id}"}
        return StreetName(id=street_id, names=names, municipality=GHENT, **fields)

    spelt = ("WithPart", "Untidy", "LowerCase", "BrokenCapitals", "AllCapitals", "OfNoStreet")
    judged = (*(f"streetName{end}" for end in spelt), "encodingDamage")
    addresses = [*list_positions(), *list_numbers()]
    referred = {address.street for address in addresses if address.street}
    return [
        *(name(street) for street in sorted(referred)),
        *(name(street) for street in ("here", "same", "codes")),
        *(
            name(f"{rule}-{verdict}", example(rule, verdict))
            for rule in judged
            for verdict in ("accepted", "rejected")
        ),
        name("sameStreetNameTwice-accepted", "Schoolstraat"),
        name("school", "Schoolstraat", homonym="HO"),
        name("kerk", "Kerkstraat"),
        name("sameStreetNameTwice-rejected", "Kerkstraat"),
        name("streetNameLanguageMissing-accepted", "Wetstraat"),
        StreetName(
            id="streetNameLanguageMissing-rejected", names={"fr": "Rue"}, municipality=GHENT
        ),
        name("retiredStreetName-accepted", status="retired"),
        name("retiredStreetName-rejected", status="retired"),
        name("streetNameWithoutAddresses-accepted"),
        name("streetNameWithoutAddresses-rejected"),
    ]


def make_country() -> Edition:
    municipalities = [
        Named(id="44083", names={"nl": "Deinze"}),  # municipalityGone-accepted
        Named(id="44011", names={"nl": "Deinze"}),
        Named(id=GHENT, names={"nl": "Gent"}),
        Named(id=ANTWERP, names={"nl": "Gent"}),  # municipalityNameUnknown-rejected
        Named(id="21004", names={"nl": "Brussel"}),
    ]
    return Edition(
        region=Region.FLANDERS,
        addresses=[*list_positions(), *list_numbers(), *list_references()],
        street_names=list_street_names(),
        municipalities=municipalities,
        parts=[Named(id="1", names={"nl": "Drongen"})],
        postal_infos=[Named(id="9000"), Named(id="1000"), Named(id="1047"), Named(id="0612")],
    )
