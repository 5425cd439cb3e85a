"""Registers of a few lines, made into an index without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from registry.domain.region import Region
from registry.search.build_rows import (
    AddressRows,
    NamedRow,
    Rows,
    StreetRow,
    read_postal_code,
    read_standing,
)
from registry.search.index import NO_POSITION
from registry.search.store import make_index

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.search.index import SearchIndex

SMALL = """
bru-21004 | nl=Brussel; fr=Bruxelles
bru-21015 | nl=Schaarbeek; fr=Schaerbeek
vlg-11002 | nl=Antwerpen
vlg-44021 | nl=Gent
vlg-73109 | nl=Voeren; fr=Fourons
wal-62022 | fr=Chaudfontaine
wal-62063 | fr=Liège
wal-63023 | de=Eupen; fr=Eupen
part wal-7 | fr=Chênée
part wal-8 | fr=Grivegnée
post bru-1000 | nl=Brussel; fr=Bruxelles
post bru-1030 | nl=Schaarbeek; fr=Schaerbeek
post vlg-2018 | nl=Antwerpen
post vlg-2150 | nl=Borsbeek
post vlg-9000 | nl=Gent
post vlg-9050 | nl=Gentbrugge
post wal-4000 | fr=Liège
post wal-4032 | fr=Chênée
post wal-4050 | fr=Chaudfontaine
post wal-4700 | de=Eupen; fr=Eupen

bru-10 | 21004 | nl=Wetstraat; fr=Rue de la Loi | 1000 | 14 16 16~b001 16~b002 16~RDC 18 155-157
bru-11 | 21004 | nl=Sint-Michielswarande; fr=Bd Saint-Michel | 1000 | 1 3 5 7A 7B 9 11!retired
bru-12 | 21015 | nl=Clematisweg; fr=Chemin des Clématites | 1030 | 2 4 6 8 10~1 10~2 10~3
bru-13 | 21015 | nl=Louis Bertrandlaan; fr=Avenue Louis Bertrand | 1030 | 1 2 3 4 5 6 65~bte12
bru-14 | 21004 | nl=Wetstraat; fr=Rue de la Loi; status=retired | 1000 | 200!retired
vlg-20 | 11002 | nl=Kerkstraat | 2018 | 1 2 3 4 5 6 7 8 9_1 9_2 19-21 23 25~001 25~002
vlg-21 | 11002 | nl=Kerkstraat; homonym=B; was=Dorpsstraat | 2150 | 1 3 5 7
vlg-22 | 44021 | nl=Kerkstraat | 9050 | 1 2 3 10 10bis 12
vlg-23 | 44021 | nl=Sint-Pietersnieuwstraat | 9000 | 33 35 37 39 41~0101 41~0102 200!proposed
vlg-24 | 44021 | nl=Onze-Lieve-Vrouwstraat; was=Mariastraat | 9000 | 1 2 3
vlg-25 | 44021 | nl=Oude Molenstraat; status=gone; successor=vlg-26 | 9000 | 1!gone 2!gone
vlg-26 | 44021 | nl=Nieuwe Molenstraat | 9000 | 1 2 3
vlg-27 | 44021 | nl=Koningin Elisabethlaan | 9000 | 1 3 5 ZN
vlg-28 | 73109 | nl=De Plank; fr=La Planck | 3790 | 1 2 3
wal-30 | 62063 | fr=Rue du Wainage(VEL) | 4000 | 1 3 5 7
wal-31 | 62063 | fr=Rue de l'Église | 4032 wal-7 | 1 2 3 4 54/12 54/14
wal-32 | 62063 | fr=Rue de l'Église_01 | 4030 wal-8 | 1 2 3
wal-33 | 62022 | fr=Rue de l'Église | 4050 | 1 2 3 10
wal-34 | 62063 | fr=Place Saint-Lambert | 4000 | 1 2 3 4~b1 4~RCH 4~2eET
wal-35 | 62063 | fr=Rue du 18 Juin 1815 | 4000 | 1 2 18
wal-36 | 63023 | de=Klosterstraße; fr=Rue du Couvent | 4700 | 1 2 3 29 29A
wal-37 | 62063 | fr=Rue Léon Frédéricq; was=Rue du Jardin Botanique | 4020 | 9 11

bru-21009 | nl=Elsene; fr=Ixelles
vlg-45068 | nl=Kruisem
post bru-1050 | nl=Elsene + Brussel (Louiza); fr=Ixelles + Bruxelles (Louise)
post bru-1070 | nl=Anderlecht + Brussel (Dauwstraat)
post vlg-9750 | nl=Zingem
bru-38 | 21004 | nl=Louizalaan; fr=Avenue Louise | 1050 | 54 56
bru-39 | 21004 | nl=Warandepark; fr=Parc de Bruxelles | 1000 | 16
vlg-40 | 45068 | nl=Vent | 9750 | 1 12
vlg-41 | 44021 | nl=Werkstraat | 9050 | 7
"""
"""Every line a street name: id, municipality, names, postal code (and part), then its addresses.

An address is `number~box!status`. The n-th address of street 10 has the object identifier
10 * 100 + n, so that vlg-2001 is Kerkstraat 1 in 2018 Antwerpen. Odd numbers lie at y 660,000 m and
even ones 10 m north of it, each 10 m further east than the one before it; streets are 1 km apart.

There are two Kerkstraten in Antwerpen (one with homonym addition B in 2150, once Dorpsstraat), one
in Gent; three Rues de l'Église around Liège, of which 31 and 32 in parts of it; a range (155-157,
19-21), 7A and 7B without 7, Flemish bis numbers (9_1), boxes in numbers (54/12), a Brussels street
twice, retired; a street that is gone and has a successor; a street and a number that German names.
Elsene has no street; its postal code and name are shared by one of Brussels. Zingem went into
Kruisem. Vent, Parc de Bruxelles and Werkstraat are near to Gent, Bruxelles and Kerkstraat.
"""


def index_of(text: str) -> SearchIndex:
    """Make the index of a register in the words of SMALL."""
    return make_index(rows_of(text))


def rows_of(text: str) -> Rows:
    """Read a register in the words of SMALL."""
    lines = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line]
    streets = [line for line in lines if len(line) > 2]
    return Rows(
        seq=1,
        register="1-small",
        municipalities=[_name(line) for line in lines if len(line) == 2 and " " not in line[0]],
        parts=(parts := [_name(line) for line in lines if line[0].startswith("part ")]),
        postal_infos=[_name(line) for line in lines if line[0].startswith("post ")],
        streets=[_make_street(line) for line in streets],
        addresses=_make_addresses(streets, [f"{part.region}-{part.object_id}" for part in parts]),
        successions=[
            (line[0], told["successor"]) for line in streets if "successor" in (told := _read(line))
        ],
    )


def _read(line: list[str]) -> dict[str, str]:
    names = line[1] if len(line) == 2 else line[2]
    return dict(pair.strip().split("=") for pair in names.split(";"))


def _split(public_id: str) -> tuple[Region, str]:
    region, _, object_id = public_id.rpartition(" ")[2].partition("-")
    return Region(region), object_id


def _name(line: list[str]) -> NamedRow:
    region, object_id = _split(line[0])
    return NamedRow(region=region, object_id=object_id, names=_read(line))


def _make_street(line: list[str]) -> StreetRow:
    region, object_id = _split(line[0])
    told = _read(line)
    names = {language: told[language] for language in ("nl", "fr", "de") if language in told}
    first = next(iter(names))
    return StreetRow(
        region=region,
        object_id=object_id,
        names=names,
        municipality_id=line[1],
        homonym=told.get("homonym"),
        standing=_read_standing(told.get("status", "current")),
        formers=[{first: told["was"]}] if "was" in told else [],
    )


def _read_standing(status: str) -> int:
    return read_standing(status, is_gone=status == "gone")


def _make_addresses(streets: list[list[str]], parts: list[str]) -> AddressRows:
    labels: dict[tuple[Region, str], int] = {}
    columns: dict[str, list[int]] = {name: [] for name in AddressRows.__dataclass_fields__}
    for s, (public_id, _, _, place, numbers) in enumerate(streets):
        region, object_id = _split(public_id)
        code, _, part = place.partition(" ")
        for n, written in enumerate(numbers.split(), start=1):
            label, _, status = written.partition("!")
            number, _, box = label.partition("~")
            digits = int("0" + "".join(c for c in number.partition("-")[0] if c.isdigit()))
            row = {
                "streets": s,
                "houses": labels.setdefault((region, number), len(labels)),
                "boxes": labels.setdefault((region, box), len(labels)),
                "parts": parts.index(part) + 1 if part else 0,
                "standings": _read_standing(status or "current"),
                "postal_codes": read_postal_code(code),
                "objects": int(object_id) * 100 + n,
                "xs": 600_000_000 + s * 1_000_000 + n * 10_000 if digits else NO_POSITION,
                "ys": 660_000_000 + (digits % 2 == 0) * 10_000 if digits else NO_POSITION,
            }
            for name, value in row.items():
                columns[name].append(value)
    return AddressRows(labels=list(labels), other_ids=[], **_to_arrays(columns))


def _to_arrays(columns: dict[str, list[int]]) -> dict[str, np.ndarray]:
    kinds = {"parts": "u2", "standings": "u1", "postal_codes": "u2", "objects": "i8"}
    kinds |= {"xs": "i4", "ys": "i4"}
    return {
        name: np.array(values, kinds.get(name, "u4"))
        for name, values in columns.items()
        if name not in ("labels", "other_ids")
    }


def list_lines(index: SearchIndex) -> Iterable[str]:
    """Yield every address in order: `vlg-2001 Kerkstraat 1~box 2018`."""
    streets, numbers, addresses = index.streets, index.numbers, index.addresses
    for a, s in enumerate(addresses.streets):
        name = streets.names_nl[s] or streets.names_fr[s] or streets.names_de[s]
        house = numbers.house_labels[addresses.house_labels[a]]
        box = numbers.box_labels[addresses.box_labels[a]]
        code = addresses.postal_codes[a]
        yield f"{index.make_address_id(a)} {name} {house}{'~' if box else ''}{box} {code}"
