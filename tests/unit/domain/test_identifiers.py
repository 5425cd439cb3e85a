from __future__ import annotations

import pytest

from registry.domain.errors import InvalidIdentifier
from registry.domain.identifiers import (
    NAMESPACES,
    REPLACED_NAMESPACES,
    BestIdentifier,
    ObjectKey,
    find_replaced_key,
    fold_namespace,
    parse_best_identifier,
)
from registry.domain.region import Region
from registry.domain.resource import Resource

FLEMISH = "https://data.vlaanderen.be/id/adres"


@pytest.mark.parametrize(("key", "namespace"), list(NAMESPACES.items()))
@pytest.mark.parametrize("version", ["7", "223", "2024-04-04T18:44:37+02:00", None])
def test_every_namespace_is_read_with_and_without_version(
    key: tuple[Region, Resource], namespace: str, version: str | None
) -> None:
    region, resource = key
    written = str(BestIdentifier(namespace=namespace, object_id="30328681", version_id=version))

    expected = ObjectKey(region=region, object_id="30328681")
    assert parse_best_identifier(written, resource) == (expected, version)


@pytest.mark.parametrize(
    "text",
    [
        f"{FLEMISH}/30328681",
        f"{FLEMISH}/30328681/",
        f"{FLEMISH}//30328681",
        "http://data.vlaanderen.be/id/adres/30328681",
        "data.vlaanderen.be/id/adres/30328681",
        "HTTPS://DATA.VLAANDEREN.BE/id/Adres/30328681",
        f"  {FLEMISH}/30328681 ",
    ],
)
def test_slash_scheme_case_and_outer_space_do_not_matter(text: str) -> None:
    key, version = parse_best_identifier(text, Resource.ADDRESS)

    assert key == ObjectKey(region=Region.FLANDERS, object_id="30328681")
    assert version is None


def test_a_version_after_the_doubled_slash_of_a_flemish_namespace_is_read() -> None:
    text = f"{FLEMISH}//30328681/2024-04-04T18:44:37+02:00"

    assert parse_best_identifier(text, Resource.ADDRESS)[1] == "2024-04-04T18:44:37+02:00"


def test_an_identifier_of_another_kind_is_refused_with_both_kinds_named() -> None:
    with pytest.raises(InvalidIdentifier, match="of streetNames, not of addresses"):
        parse_best_identifier("https://databrussels.be/id/streetname/1679", Resource.ADDRESS)


@pytest.mark.parametrize(
    "text", ["", "210225", FLEMISH, f"{FLEMISH}/", "https://example.org/id/adres/1", "/id//"]
)
def test_what_is_no_identifier_of_this_register_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_best_identifier(text, Resource.ADDRESS)


def test_the_same_number_in_two_namespaces_is_two_objects() -> None:
    brussels, _ = parse_best_identifier("https://databrussels.be/id/address/5", Resource.ADDRESS)
    wallonia, _ = parse_best_identifier("geodata.wallonie.be/id/Address/5", Resource.ADDRESS)

    assert brussels != wallonia
    assert {brussels.public_id, wallonia.public_id} == {"bru-5", "wal-5"}


@pytest.mark.parametrize("region", list(Region))
def test_a_public_id_names_region_and_object(region: Region) -> None:
    key = ObjectKey(region=region, object_id="210225")

    assert ObjectKey.parse(key.public_id) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bru",
        "bru-",
        "BRU-1",
        "lux-1",
        "bru-1/2",
        "bru-1 2",
        "bru-1\n",
        "bru-\x00",
        "bru-1\x00",
        "bru-" + "1" * 101,
    ],
)
def test_what_is_no_public_id_is_refused(text: str) -> None:
    # A NUL or control character must stop here: the database refuses it as a server error.
    with pytest.raises(InvalidIdentifier):
        ObjectKey.parse(text)


@pytest.mark.parametrize("text", ["\x00", "1\x00", "1\x1f2"])
def test_a_control_character_in_a_full_identifier_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_best_identifier(f"{FLEMISH}/{text}", Resource.ADDRESS)


def test_namespaces_are_compared_without_scheme_slash_and_case() -> None:
    assert fold_namespace(f"{FLEMISH}/") == fold_namespace("http://DATA.vlaanderen.be/id/adres")
    assert fold_namespace(FLEMISH) != fold_namespace("https://data.vlaanderen.be/id/straatnaam")


def test_regions_have_their_iso_codes_both_ways() -> None:
    assert [region.iso_code for region in Region] == ["BE-BRU", "BE-VLG", "BE-WAL"]
    assert all(Region.from_iso_code(region.iso_code) is region for region in Region)
    with pytest.raises(ValueError, match="xyz"):
        Region.from_iso_code("BE-XYZ")


@pytest.mark.parametrize(("resource", "namespace"), list(REPLACED_NAMESPACES.items()))
@pytest.mark.parametrize("tail", ["/210225", "/210225/3", "/210225/"])
def test_namespaces_of_before_2022(resource: Resource, namespace: str, tail: str) -> None:
    key = ObjectKey(region=Region.BRUSSELS, object_id="210225")
    assert find_replaced_key(namespace + tail, resource) == key
    assert find_replaced_key(namespace.lower() + tail, resource) == key
    others = [kind for kind in Resource if kind is not resource]
    assert [find_replaced_key(namespace + tail, kind) for kind in others] == [None] * len(others)


@pytest.mark.parametrize(
    "text", ["BE.BRUSSELS.BRIC.ADM.ADDR", "BE.BRUSSELS.BRIC.ADM.ADDR/", "bru-1", "/", "/1", ""]
)
@pytest.mark.parametrize("resource", list(Resource))
def test_what_is_no_identifier_of_before_2022(text: str, resource: Resource) -> None:
    assert find_replaced_key(text, resource) is None
