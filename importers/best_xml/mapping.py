"""The texts of one element to one record: conversion and judgement, the same for all schemas."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from importers.best_xml import values
from importers.best_xml.draft import MOST_NAMES, Draft
from importers.best_xml.values import InvalidValue
from importers.unknowns import Unknowns
from registry.domain.identifiers import LONGEST_OBJECT_ID, NAMESPACES, find_owner, fold_namespace
from registry.domain.records import (
    AddressRecord,
    NamedRecord,
    PositionRecord,
    Provenance,
    Record,
    StatusRecord,
    StreetNameRecord,
)
from registry.domain.region import Region
from registry.domain.resource import Resource

OPEN_ENUMERATIONS = {
    "status": frozenset({"current", "proposed", "retired", "reserved"}),
    "position_method": frozenset({"assignedByAdministrator", "derivedFromObject"}),
    "position_specification": frozenset(
        {
            "municipality",
            "street",
            "parcel",
            "plot",
            "stand",
            "mooringPlace",
            "building",
            "buildingUnit",
            "entrance",
        }
    ),
    "type": frozenset({"streetname", "hamlet"}),
}
_LANGUAGES = dict.fromkeys(Resource, ("nl", "fr", "de")) | {
    Resource.MUNICIPALITY: ("nl", "fr", "de", "en")
}
LONGEST_VALUE = 250
_NEVER_SHARED = (Resource.ADDRESS, Resource.STREET_NAME)
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapper:
    """Maps the elements of one file; `unknowns` counts what the file has beyond the format."""

    region: Region
    resource: Resource
    unknowns: Unknowns

    def to_record(self, draft: Draft, offset: int, record_hash: int | None) -> Record:
        """Return the record of an element's texts; InvalidValue says why there is none."""
        for parent, name in draft.unknown:
            self.unknowns.add_element(parent, name)
        texts = draft.texts
        for key, known in OPEN_ENUMERATIONS.items():
            if key in texts and texts[key] not in known:
                self.unknowns.add_value(key, texts[key])
        provenance = self.make_provenance(texts, offset, record_hash)
        if self.resource is Resource.ADDRESS:
            return self._make_address(texts, provenance)
        if self.resource is Resource.STREET_NAME:
            return self._make_street_name(texts, provenance)
        return NamedRecord(provenance=provenance, names=self._make_names(texts))

    def make_provenance(self, texts: Texts, offset: int, record_hash: int | None) -> Provenance:
        """Return the identifier and life span in an element's texts, checked."""
        object_id = _required(texts, "object_id", "objectIdentifier")
        if not is_object_id(object_id):
            is_long = len(object_id) > LONGEST_OBJECT_ID
            reason = "is too long" if is_long else "has a space or a slash"
            raise InvalidValue(f"objectIdentifier {object_id!r} {reason}")
        return Provenance(
            object_id=object_id,
            version_id=texts.get("version_id"),
            namespace=decide_namespace(self.region, self.resource, texts.get("namespace")),
            offset=offset,
            record_hash=record_hash,
            life_begin=_moment(texts, "life_begin"),
            life_end=_moment(texts, "life_end"),
        )

    def _make_names(self, texts: Texts) -> dict[str, str]:
        """Return names by language; a language the kind does not have is told, not kept."""
        names = {}
        for place in range(MOST_NAMES):
            spelling = texts.get(f"spelling_{place}")
            if spelling is None:
                break
            language = texts.get(f"language_{place}", "").lower()
            if language not in _LANGUAGES[self.resource]:
                self.unknowns.add_value(f"{self.resource}/name/language", language)
                continue
            if language in names:
                self.unknowns.add_value(f"{self.resource}/name/language", f"{language} twice")
            names[language] = spelling
        return names

    def _make_street_name(self, texts: Texts, provenance: Provenance) -> StreetNameRecord:
        return StreetNameRecord(
            provenance=provenance,
            names=self._make_names(texts),
            status=_make_status(texts),
            municipality_id=_required(texts, "municipality", "the municipality"),
            homonym_addition=texts.get("homonym_addition"),
            street_name_type=texts.get("type"),
        )

    def _make_address(self, texts: Texts, provenance: Provenance) -> AddressRecord:
        return AddressRecord(
            provenance=provenance,
            status=_make_status(texts),
            position=self._make_position(texts),
            street_name_id=_required(texts, "street_name", "hasStreetName"),
            municipality_id=_required(texts, "municipality", "hasMunicipality"),
            part_id=texts.get("part"),
            postal_code=texts.get("postal_info"),
            house_number=_required(texts, "house_number", "houseNumber"),
            box_number=texts.get("box_number"),
            officially_assigned=values.read_boolean(texts.get("officially_assigned")),
        )

    def _make_position(self, texts: Texts) -> PositionRecord:
        srs_name = texts.get("srs_name")
        crs = None if srs_name is None else values.read_epsg(srs_name)
        if srs_name is not None and crs is None:
            self.unknowns.add_value("pos/@srsName", srs_name)
        return PositionRecord(
            text=texts.get("position"),
            crs=crs,
            method=texts.get("position_method"),
            specification=texts.get("position_specification"),
        )


def decide_namespace(region: Region, resource: Resource, namespace: str | None) -> str | None:
    """Return None for the usual one; an object of another region is no object of this one."""
    usual = NAMESPACES.get((region, resource), "")
    if namespace is None or fold_namespace(namespace) == fold_namespace(usual):
        return None
    owner = find_owner(namespace)
    if owner is not None and owner is not region and resource in _NEVER_SHARED:
        raise InvalidValue(f"namespace {namespace!r} is one of {owner.label}")
    return namespace


def is_object_id(text: str) -> bool:
    """Whether a text can be an object identifier: one word, not long, no slash."""
    return "/" not in text and len(text.split()) == 1 and len(text) <= LONGEST_OBJECT_ID


def check_lengths(texts: Texts) -> None:
    """Raise InvalidValue for a text that is no value of an address and that no index can hold."""
    for key, text in texts.items():
        if len(text) > LONGEST_VALUE:
            raise InvalidValue(f"{key} has {len(text):,} characters")


def _moment(texts: Texts, key: str) -> datetime | None:
    text = texts.get(key)
    return None if text is None else values.read_moment(text)


def _required(texts: Texts, key: str, name: str) -> str:
    text = texts.get(key)
    if text is None:
        raise InvalidValue(f"{name} is missing")
    return text


def _make_status(texts: Texts) -> StatusRecord:
    return StatusRecord(
        status=texts.get("status"),
        valid_from=_moment(texts, "valid_from"),
        valid_to=_moment(texts, "valid_to"),
    )
