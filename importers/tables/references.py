"""What a row says of where its address is: street, municipality, part, postal code.

The objects referred to are collected as records of their own, as far as the row names them.
"""

import re
from dataclasses import dataclass, field

from importers.best_xml.mapping import (
    OPEN_ENUMERATIONS,
    check_lengths,
    decide_namespace,
    is_object_id,
)
from importers.best_xml.values import InvalidValue
from importers.tables.derived import derive_id
from importers.tables.fields import Texts
from importers.unknowns import Unknowns
from registry.domain.identifiers import DERIVED_NAMESPACE
from registry.domain.records import NamedRecord, Provenance, StatusRecord, StreetNameRecord
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.normalization.places import Municipality, find_place, list_by_postal_code
from registry.normalization.post_code import normalize_post_code
from registry.normalization.status import normalize_status
from registry.normalization.text import fold

Named = dict[Resource, dict[str, NamedRecord | StreetNameRecord]]
"""Records by kind and object identifier."""

OF_REFERENCES = (
    *("region", "street_name_id", "street_name_version", "street_name_namespace"),
    *("street_name_nl", "street_name_fr", "street_name_de"),
    *("homonym_addition", "street_name_type", "street_name_status"),
    *("municipality_id", "municipality_version", "municipality_namespace"),
    *("municipality_name_nl", "municipality_name_fr", "municipality_name_de"),
    *("part_id", "part_version", "part_namespace"),
    *("part_name_nl", "part_name_fr", "part_name_de"),
    *("postal_code", "postal_name_nl", "postal_name_fr", "postal_name_de"),
)
_LANGUAGES = ("nl", "fr", "de")
_NIS_CODE = re.compile(r"(?<!\d)\d{5}(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Object identifiers that a row tells; the municipality is empty where the kind has none."""

    municipality_id: str
    street_name_id: str | None
    part_id: str | None
    postal_code: str | None

    def find_id(self, resource: Resource) -> str | None:
        """Return the identifier of the object of a kind."""
        return {
            Resource.STREET_NAME: self.street_name_id,
            Resource.MUNICIPALITY: self.municipality_id,
            Resource.PART_OF_MUNICIPALITY: self.part_id,
            Resource.POSTAL_INFO: self.postal_code,
        }[resource]


@dataclass(slots=True, kw_only=True)
class ReferenceReader:
    """Reads the references of one region's rows; `named` has what the rows tell of them."""

    of: Resource
    region: Region
    unknowns: Unknowns
    named: Named = field(default_factory=dict)

    def read(self, texts: Texts, place: int) -> References | None:
        """Return what a row refers to; None: it is of another region. InvalidValue says why not."""
        check_lengths(texts)
        _normalize(texts)
        if "region" in texts and read_region(texts["region"]) is not self.region:
            return None
        municipality_id = self._decide_municipality(texts)
        references = References(
            municipality_id=municipality_id,
            street_name_id=_decide_street_name(texts, municipality_id),
            part_id=_decide_part(texts, municipality_id),
            postal_code=texts.get("postal_code"),
        )
        self._add(Resource.MUNICIPALITY, "municipality", municipality_id, texts, place)
        self._add(Resource.POSTAL_INFO, "postal", references.postal_code, texts, place)
        self._add(Resource.PART_OF_MUNICIPALITY, "part", references.part_id, texts, place)
        self._add_street_name(references, texts, place)
        return references

    def take(self, resource: Resource, references: References) -> NamedRecord | StreetNameRecord:
        """Return the record of the object of a kind that a row just told of."""
        object_id = references.find_id(resource)
        record = self.named.get(resource, {}).pop(object_id or "", None)
        if record is None:
            raise InvalidValue(f"the {resource.replace('_', ' ')} has no identifier or no name")
        return record

    def _decide_municipality(self, texts: Texts) -> str:
        if "municipality_id" in texts:
            return read_nis_code(texts["municipality_id"])
        if self.of in _WITHOUT_MUNICIPALITY:
            return ""
        found = _find_municipalities(texts)
        if len(found) != 1:
            told = " ".join(filter(None, (texts.get("postal_code"), *_list_names(texts))))
            raise InvalidValue(f"{told!r} is {'more than one' if found else 'no'} municipality")
        (municipality,) = found.values()
        if municipality.region is not self.region:
            raise InvalidValue(f"{municipality.nis_code} is in {municipality.region.label}")
        for language, name in municipality.names.items():  # as the code, so its names
            texts.setdefault(f"municipality_name_{language}", name)
        return municipality.nis_code

    def _add(
        self, resource: Resource, prefix: str, object_id: str | None, texts: Texts, place: int
    ) -> None:
        """Collect the record of an object that is named; the first row that tells of it counts."""
        if not object_id or object_id in (told := self.named.setdefault(resource, {})):
            return
        names = _read_names(texts, f"{prefix}_name")
        if names or resource is Resource.POSTAL_INFO:
            provenance = self._make_provenance(resource, prefix, object_id, texts, place)
            told[object_id] = NamedRecord(provenance=provenance, names=names)

    def _add_street_name(self, references: References, texts: Texts, place: int) -> None:
        object_id = references.street_name_id
        told = self.named.setdefault(Resource.STREET_NAME, {})
        names = _read_names(texts, "street_name")
        if object_id is None or object_id in told or not names:
            return
        for field_name, key in (("street_name_type", "type"), ("street_name_status", "status")):
            text = texts.get(field_name)
            if text is not None and text not in OPEN_ENUMERATIONS[key]:
                self.unknowns.add_value(field_name, text)
        told[object_id] = StreetNameRecord(
            provenance=self._make_provenance(
                Resource.STREET_NAME, "street_name", object_id, texts, place
            ),
            names=names,
            status=StatusRecord(status=texts.get("street_name_status")),
            municipality_id=references.municipality_id,
            homonym_addition=texts.get("homonym_addition"),
            street_name_type=texts.get("street_name_type"),
        )

    def _make_provenance(
        self, resource: Resource, prefix: str, object_id: str, texts: Texts, place: int
    ) -> Provenance:
        is_derived = f"{prefix}_id" not in texts and resource in _DERIVED
        namespace = texts.get(f"{prefix}_namespace")
        return Provenance(
            object_id=object_id,
            version_id=texts.get(f"{prefix}_version"),
            namespace=DERIVED_NAMESPACE
            if is_derived
            else decide_namespace(self.region, resource, namespace),
            offset=place,
        )


_WITHOUT_MUNICIPALITY = (Resource.POSTAL_INFO, Resource.PART_OF_MUNICIPALITY)
_DERIVED = (Resource.STREET_NAME, Resource.PART_OF_MUNICIPALITY)


def _normalize(texts: Texts) -> None:
    """Write postal code and status as BeSt does; what is neither stays as met."""
    if "postal_code" in texts:
        texts["postal_code"] = normalize_post_code(texts["postal_code"]) or texts["postal_code"]
    if "street_name_status" in texts:
        texts["street_name_status"] = normalize_status(texts["street_name_status"])


def read_region(text: str) -> Region:
    """Return the region of `BE-VLG` or `vlg`."""
    try:
        return Region.from_iso_code(text)
    except ValueError as error:
        raise InvalidValue(f"{text!r} is no region") from error


def read_nis_code(text: str) -> str:
    """Return the five digits of a NIS code, alone, in a URI or before a name in parentheses."""
    match = _NIS_CODE.search(text)
    if match is None:
        raise InvalidValue(f"{text!r} has no NIS code of five digits")
    return match[0]


def _read_names(texts: Texts, prefix: str) -> dict[str, str]:
    return {lang: texts[key] for lang in _LANGUAGES if (key := f"{prefix}_{lang}") in texts}


def check_object_id(name: str, text: str) -> str:
    """Return an object identifier; InvalidValue when the text cannot be one."""
    if not is_object_id(text):
        raise InvalidValue(f"{name} {text[:100]!r} is no object identifier")
    return text


def _list_names(texts: Texts) -> list[str]:
    return list(_read_names(texts, "municipality_name").values())


def _find_municipalities(texts: Texts) -> dict[str, Municipality]:
    """Return the municipalities that names and postal code mean, or the postal code alone."""
    postal_code, names = texts.get("postal_code"), _list_names(texts)
    if names:
        possible = [find_place(name, postal_code) for name in names]
    else:
        possible = list(list_by_postal_code(postal_code or ""))
    return {one.nis_code: one for one in possible if one is not None}


def _decide_street_name(texts: Texts, municipality_id: str) -> str | None:
    if "street_name_id" in texts:
        return check_object_id("street_name_id", texts["street_name_id"])
    name = next(iter(_read_names(texts, "street_name").values()), None)
    if name is None:
        return None
    # Merged municipalities have several streets of one name, mostly told apart by postal code.
    key = (municipality_id, texts.get("postal_code", ""), fold(name))
    homonym = texts.get("homonym_addition")
    return derive_id(*key, *([fold(homonym)] if homonym else ()))


def _decide_part(texts: Texts, municipality_id: str) -> str | None:
    if "part_id" in texts:
        return check_object_id("part_id", texts["part_id"])
    name = next(iter(_read_names(texts, "part_name").values()), None)
    return None if name is None else derive_id(municipality_id, "part", fold(name))
