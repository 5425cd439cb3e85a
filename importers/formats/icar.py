"""The ICAR shapefile of Wallonia: a row for each address, boxes too.

Verified are ADR_ID, ADR_NUMERO, ADR_FIN, RUE_ID, RUE_NM, CODE_POSTA, CODE_INS and COM_NM; the
names of the columns of box, beginning and last change are assumed. A file without any of the
names for the box is refused: all boxes of a house would become one address.
"""

import re

from importers.formats.format import Format
from importers.formats.recogniser import Kind, Recogniser
from importers.tables.column_map import ColumnMap
from registry.domain.edition import FormatFamily
from registry.domain.region import Region
from registry.domain.resource import Resource

_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?")


def _read_moment(text: str) -> str:
    """Return `20200131120000` as `2020-01-31T12:00:00`; Belgian time, as it has no offset."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return text
    year, month, day, *clock = match.groups(default="00")
    return f"{year}-{month}-{day}T{':'.join(clock)}"


def _read_end(_text: str) -> str:
    """Return the status of an address that has an end: without, ICAR calls it active."""
    return "retired"


_COLUMN_MAP = ColumnMap(
    columns={
        "address_id": ("adr_id",),
        "house_number": ("adr_numero",),
        "box_number": ("adr_boite", "adr_bte", "adr_bt", "boite"),
        "street_name_id": ("rue_id",),
        "street_name_fr": ("rue_nm",),
        "municipality_id": ("code_ins",),
        "municipality_name_fr": ("com_nm",),
        "postal_code": ("code_postal", "code_posta"),
        "status": ("adr_fin",),
        "life_begin": ("adr_debut", "adr_deb"),
        "life_end": ("adr_fin",),
        "x": ("geometry_x",),
        "y": ("geometry_y",),
    },
    required=frozenset(
        {
            *("address_id", "house_number", "box_number", "street_name_id", "street_name_fr"),
            *("municipality_id", "postal_code"),
        }
    ),
    convert={"status": _read_end, "life_begin": _read_moment, "life_end": _read_moment},
    ignored=frozenset({"objectid", "adr_modif", "adr_maj"}),
    region=Region.WALLONIA,
    complete=frozenset({Resource.ADDRESS}),
)

FORMAT = Format(
    name="icar",
    title="ICAR addresses (Wallonia, shape)",
    family=FormatFamily(name="icar", rank=70),
    recognise=Recogniser(
        (Kind(marks=frozenset({"adr_id", "adr_numero", "rue_nm"}), column_map=_COLUMN_MAP),)
    ),
)
