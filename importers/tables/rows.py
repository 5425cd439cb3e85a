"""The cells of a row to records, by a column map.

Rows come by the million and repeat themselves: what they say of street and place, and of
status, is made once per distinct text and shared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from geo.crs import Crs
from importers.best_xml import values
from importers.best_xml.mapping import (
    LONGEST_VALUE,
    OPEN_ENUMERATIONS,
    check_lengths,
    decide_namespace,
    is_object_id,
)
from importers.best_xml.values import InvalidValue
from importers.tables.axes import AxesCheck
from importers.tables.column_map import ColumnMap
from importers.tables.derived import derive_id, make_identity_key
from importers.tables.fields import FieldGroup, Texts, make_reader
from importers.tables.references import (
    OF_REFERENCES,
    Named,
    ReferenceReader,
    References,
    check_object_id,
)
from importers.tables.table import Cells
from importers.unknowns import Unknowns
from registry.domain.identifiers import DERIVED_NAMESPACE
from registry.domain.records import (
    AddressRecord,
    PositionRecord,
    Provenance,
    Record,
    Rejection,
    StatusRecord,
    StreetNameRecord,
)
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.normalization.status import normalize_status

_OF_STATE = (
    *("address_namespace", "status", "valid_from", "valid_to", "life_begin", "life_end"),
    *("officially_assigned", "position_method", "position_specification"),
)
_Identity = tuple[str, str | None, str | None, str | None]
"""Identifier, version, namespace, box number."""
_MOST_REMEMBERED = 10_000  # lists go street by street; each process remembers its own
_WGS84 = Crs.WGS84.value


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What a row says of its own object beside identifier, number and position."""

    namespace: str | None
    status: StatusRecord
    life_begin: datetime | None
    life_end: datetime | None
    officially_assigned: bool | None
    nowhere: PositionRecord
    """How a position of the row would be told, if there were one."""
    unknown: tuple[tuple[str, str], ...]


class RowMapper:
    """Maps the rows of one table; of a table of several regions, those of `region`.

    `columns` are the table's, `crs` is its own word on the system of its positions. What
    the columns lack is InputRefused. `fields` are those that rows can fill. `unknowns` counts
    values that the format does not have.
    """

    def __init__(
        self,
        column_map: ColumnMap,
        columns: Sequence[str],
        region: Region,
        unknowns: Unknowns,
        *,
        crs: int | None = None,
        label: str = "the table",
    ) -> None:
        located = column_map.locate(columns, label)
        untold = column_map.untold.get(region, frozenset())
        places = {field: place for field, place in located.items() if field not in untold}
        self.fields = frozenset(places) | column_map.constants.keys()
        self.unknowns = unknowns
        self._region = region
        self._one_region = column_map.one_region
        self._resource = column_map.of
        self._box_separator = column_map.box_separator or "|"
        self._has_boxes = "box_numbers" in places
        self._references = ReferenceReader(of=column_map.of, region=region, unknowns=unknowns)
        self._of_references = FieldGroup(column_map, places, OF_REFERENCES)
        self._of_state = FieldGroup(column_map, places, _OF_STATE)
        self._known_references: dict[Cells, References | None] = {}
        self._known_states: dict[Cells, _State] = {}
        self._read_id = make_reader(column_map, places, "address_id")
        self._read_version = make_reader(column_map, places, "address_version")
        self._read_number = make_reader(column_map, places, "house_number")
        self._read_box = make_reader(column_map, places, "box_number")
        self._read_boxes = make_reader(column_map, places, "box_numbers")
        self._read_x = make_reader(column_map, places, "x")
        self._read_y = make_reader(column_map, places, "y")
        self._read_longitude = make_reader(column_map, places, "longitude")
        self._read_latitude = make_reader(column_map, places, "latitude")
        self._crs = column_map.find_crs(columns[places["x"]], crs) if "x" in places else None
        self._axes = AxesCheck(region, label)
        self._has_degrees = "longitude" in places

    def take_named(self) -> Named:
        """Return what rows told of the objects they refer to, the first that did, and begin anew.

        What was told is not repeated.
        """
        taken = self._references.named
        self._references.named = {}
        return taken

    def to_records(self, cells: Cells, place: int) -> list[Record] | Rejection:
        """Return the records of a row: none when it is of another region."""
        try:
            if self._resource is not Resource.ADDRESS:
                return self._make_referred(cells, place)
            key = self._of_references.read_cells(cells)
            try:
                references = self._known_references[key]
            except KeyError:
                references = self._read_references(key, place)
            if references is None:
                return self._leave_out()
            return self._make_addresses(cells, place, references, self._find_state(cells))
        except InvalidValue as error:
            object_id = self._read_id(cells)
            return Rejection(
                resource=self._resource,
                object_id=object_id if object_id and is_object_id(object_id) else None,
                reason=str(error),
                offset=place,
            )

    def _leave_out(self) -> list[Record]:
        """Return nothing for a row of another region, where a file may have some."""
        if self._one_region:
            raise InvalidValue(f"a row of another region in a file of {self._region.label}")
        return []

    def _read_references(self, key: Cells, place: int) -> References | None:
        if len(self._known_references) >= _MOST_REMEMBERED:
            self._known_references.clear()
        references = self._references.read(self._of_references.translate(key), place)
        self._known_references[key] = references
        return references

    def _find_state(self, cells: Cells) -> _State:
        key = self._of_state.read_cells(cells)
        state = self._known_states.get(key) or self._read_state(key)
        for name, value in state.unknown:
            self.unknowns.add_value(name, value)
        return state

    def _read_state(self, key: Cells) -> _State:
        if len(self._known_states) >= _MOST_REMEMBERED:
            self._known_states.clear()
        texts = self._of_state.translate(key)
        check_lengths(texts)
        if "status" in texts:
            texts["status"] = normalize_status(texts["status"])
        state = self._known_states[key] = _State(
            namespace=decide_namespace(
                self._region, self._resource, texts.get("address_namespace")
            ),
            status=StatusRecord(
                status=texts.get("status"),
                valid_from=_moment(texts, "valid_from"),
                valid_to=_moment(texts, "valid_to"),
            ),
            life_begin=_moment(texts, "life_begin"),
            life_end=_moment(texts, "life_end"),
            officially_assigned=values.read_boolean(texts.get("officially_assigned")),
            nowhere=PositionRecord(
                method=texts.get("position_method"),
                specification=texts.get("position_specification"),
            ),
            unknown=tuple(
                (field, texts[field])
                for field, known in OPEN_ENUMERATIONS.items()
                if field in texts and texts[field] not in known
            ),
        )
        return state

    def _make_referred(self, cells: Cells, place: int) -> list[Record]:
        """Return the record of a row of a list of streets, municipalities and the like."""
        texts = self._of_references.translate(self._of_references.read_cells(cells))
        references = self._references.read(texts, place)
        if references is None:
            return []
        record = self._references.take(self._resource, references)
        state = self._find_state(cells)
        provenance = replace(
            record.provenance, life_begin=state.life_begin, life_end=state.life_end
        )
        if isinstance(record, StreetNameRecord):
            status = replace(state.status, status=state.status.status or record.status.status)
            return [replace(record, provenance=provenance, status=status)]
        return [replace(record, provenance=provenance)]

    def _make_addresses(
        self, cells: Cells, place: int, references: References, state: _State
    ) -> list[Record]:
        """Return the address of a row, and one more for each box of a cell of several."""
        number = self._read_number(cells)
        if number is None:
            raise InvalidValue("the house number is missing")
        box = self._read_box(cells)
        _check_length("house number", number)
        _check_length("box number", box)
        version_id = self._read_version(cells)
        _check_length("version", version_id)
        street_name_id = references.street_name_id
        if street_name_id is None:
            raise InvalidValue("the street has neither identifier nor name")
        object_id, namespace = self._read_id(cells), state.namespace
        if object_id is None:
            object_id, namespace = _derive(street_name_id, number, box), DERIVED_NAMESPACE
        else:
            check_object_id("the address identifier", object_id)
        identity = (object_id, version_id, namespace, box)
        identities: list[_Identity] = [identity]
        if self._has_boxes and (boxes := self._read_boxes(cells)) is not None:
            identities += self._derive_boxes(boxes, street_name_id, number)
        position = self._make_position(cells, place, state)
        return [
            AddressRecord(
                provenance=Provenance(
                    object_id=object_id,
                    version_id=version_id,
                    namespace=namespace,
                    offset=place,
                    life_begin=state.life_begin,
                    life_end=state.life_end,
                ),
                status=state.status,
                position=position,
                street_name_id=street_name_id,
                municipality_id=references.municipality_id,
                part_id=references.part_id,
                postal_code=references.postal_code,
                house_number=number,
                box_number=box,
                officially_assigned=state.officially_assigned,
            )
            for object_id, version_id, namespace, box in identities
        ]

    def _derive_boxes(self, cell: str, street_name_id: str, number: str) -> Iterator[_Identity]:
        """Yield what tells the boxes of a cell apart; a box that is told twice is one."""
        boxes = filter(None, map(str.strip, cell.split(self._box_separator)))
        for box in {make_identity_key(box): box for box in boxes}.values():
            _check_length("box number", box)
            yield _derive(street_name_id, number, box), None, DERIVED_NAMESPACE, box

    def _make_position(self, cells: Cells, place: int, state: _State) -> PositionRecord:
        """Return the position as published: in metres if the row has it, else in degrees."""
        x, y, crs = self._read_x(cells), self._read_y(cells), self._crs
        if self._has_degrees and (x is None or y is None):
            x, y, crs = self._read_longitude(cells), self._read_latitude(cells), _WGS84
        if x is None or y is None:
            return state.nowhere
        text = f"{x} {y}"
        _check_length("position", text)
        self._axes.look_at(x, y, crs, place)
        how = state.nowhere
        return PositionRecord(
            text=text, crs=crs, method=how.method, specification=how.specification
        )


def _derive(street_name_id: str, number: str, box: str | None) -> str:
    return derive_id(street_name_id, make_identity_key(number), make_identity_key(box))


def _check_length(name: str, text: str | None) -> None:
    if text is not None and len(text) > LONGEST_VALUE:
        raise InvalidValue(f"{name} has {len(text):,} characters")


def _moment(texts: Texts, key: str) -> datetime | None:
    text = texts.get(key)
    return None if text is None else values.read_moment(text)
