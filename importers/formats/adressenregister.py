"""The extract of the Flemish Adressenregister: one .dbf for each kind, addresses with a .shp.

What BeSt's producer makes of the same register is the measure: its words for statuses and
positions, the version as beginning of validity, the creation as beginning of life.
"""

import re

from importers.formats.format import Format
from importers.formats.recogniser import Kind, Recogniser
from importers.tables.column_map import ColumnMap
from importers.tables.table import Table
from importers.tables.views import EditedTable, JoinedTable, LeaveOut, find_column
from registry.domain.edition import FormatFamily
from registry.domain.region import Region
from registry.domain.resource import Resource

_METHODS = {
    "AangeduidDoorBeheerder": "assignedByAdministrator",
    "AfgeleidVanObject": "derivedFromObject",
    "Geinterpoleerd": "derivedFromObject",
    "Geïnterpoleerd": "derivedFromObject",
}
_SPECIFICATIONS = {
    "Gemeente": "municipality",
    "Straat": "street",
    "Wegsegment": "street",
    "Perceel": "parcel",
    "Lot": "plot",
    "Standplaats": "stand",
    "Ligplaats": "mooringPlace",
    "Gebouw": "building",
    "Gebouweenheid": "buildingUnit",
    "Ingang": "entrance",
}
_LOGICAL = dict.fromkeys("TtYy", "true") | dict.fromkeys("FfNn", "false")
_NOT_NOW = re.compile("Gehistoreerd|Voorgesteld")
_ELSEWHERE = re.compile("(?!1[5-9]|[2389]).*")  # the list has all of Belgium; these BeSt keeps


def _leave_out_former(table: Table) -> Table:
    """Return it without what was merged away or is to come: neither kind has a status in BeSt."""
    if "status" not in map(str.casefold, table.columns):
        return table
    place = find_column(table.columns, "status")
    return EditedTable(table, LeaveOut(place, _NOT_NOW))


def _join_names(table: Table) -> Table:
    """Return it with one row for each postal code, where the extract has one for each name."""
    code, name = (find_column(table.columns, name) for name in ("postinfoid", "postnaam"))
    of_flanders = EditedTable(_leave_out_former(table), LeaveOut(code, _ELSEWHERE))
    return JoinedTable(of_flanders, code, name)


_ADDRESS = ColumnMap(
    columns={
        "address_id": ("adresid",),
        "address_version": ("versieid",),
        "valid_from": ("versieid",),
        "life_begin": ("creatieid",),
        "house_number": ("huisnr",),
        "box_number": ("busnr",),
        "street_name_id": ("straatnmid",),
        "street_name_nl": ("straatnm",),
        "municipality_id": ("gemeenteid",),
        "municipality_name_nl": ("gemeentenm",),
        "postal_code": ("postcode",),
        "status": ("status",),
        "position_method": ("posgeommet",),
        "position_specification": ("posspec",),
        "officially_assigned": ("offtoegknd",),
        "x": ("geometry_x",),
        "y": ("geometry_y",),
    },
    required=frozenset(
        {
            *("address_id", "house_number", "box_number", "street_name_id", "municipality_id"),
            *("postal_code", "status", "x", "y"),
        }
    ),
    values={
        "position_method": _METHODS,
        "position_specification": _SPECIFICATIONS,
        "officially_assigned": _LOGICAL,
    },
    missing={"officially_assigned": frozenset({"?"})},
    ignored=frozenset({"id", "voladres"}),  # written out of the other columns
    region=Region.FLANDERS,
    complete=frozenset({Resource.ADDRESS}),
)
_STREET_NAME = ColumnMap(
    of=Resource.STREET_NAME,
    columns={
        "street_name_id": ("straatnmid",),
        "street_name_version": ("versieid",),
        "valid_from": ("versieid",),
        "life_begin": ("creatieid",),
        "street_name_nl": ("straatnm",),
        "homonym_addition": ("homoniemtv",),
        "municipality_id": ("gemeenteid",),
        "status": ("status",),
    },
    required=frozenset({"street_name_id", "street_name_nl", "municipality_id", "status"}),
    ignored=frozenset({"id"}),
    region=Region.FLANDERS,
    complete=frozenset({Resource.STREET_NAME}),
)
_MUNICIPALITY = ColumnMap(
    of=Resource.MUNICIPALITY,
    columns={
        "municipality_id": ("gemeenteid",),
        "municipality_version": ("versieid",),
        "municipality_name_nl": ("gemeentenm",),
    },
    required=frozenset({"municipality_id", "municipality_name_nl"}),
    view=_leave_out_former,
    ignored=frozenset({"id", "status"}),
    region=Region.FLANDERS,
    complete=frozenset({Resource.MUNICIPALITY}),
)
_POSTAL_INFO = ColumnMap(
    of=Resource.POSTAL_INFO,
    columns={"postal_code": ("postinfoid",), "postal_name_nl": ("postnaam",)},
    required=frozenset({"postal_code", "postal_name_nl"}),
    view=_join_names,
    ignored=frozenset({"id", "status", "versieid"}),
    region=Region.FLANDERS,
    complete=frozenset({Resource.POSTAL_INFO}),
)

FORMAT = Format(
    name="adressenregister",
    title="Adressenregister extract (Flanders, dbf and shape)",
    family=FormatFamily(name="adressenregister", rank=90),
    recognise=Recogniser(
        (
            Kind(marks=frozenset({"adresid", "huisnr", "posspec"}), column_map=_ADDRESS),
            Kind(marks=frozenset({"straatnmid", "homoniemtv"}), column_map=_STREET_NAME),
            Kind(
                marks=frozenset({"id", "gemeenteid", "gemeentenm", "versieid"}),
                column_map=_MUNICIPALITY,
            ),
            Kind(marks=frozenset({"postinfoid", "postnaam"}), column_map=_POSTAL_INFO),
        )
    ),
)
