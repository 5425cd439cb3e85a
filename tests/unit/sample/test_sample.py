"""The sample as a file: layout, identifiers, versions, references."""

import codecs
import hashlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from importers.sample.write import write_sample
from tests.unit.sample.download import (
    COM,
    REGIONS,
    TNS,
    Download,
    door,
    object_id,
    position,
    spellings,
    text,
)


def test_the_bytes_are_the_same_each_time(tmp_path: Path) -> None:
    for name in ("first.zip", "second.zip"):
        write_sample(tmp_path / name)
    first, second = (
        hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        for name in ("first.zip", "second.zip")
    )
    assert first == second


def test_it_is_a_zip_of_thirteen_zips_and_a_licence(download: Download) -> None:
    assert sum(name.endswith(".zip") for name in download.names) == 13
    kinds = ("address", "streetname", "municipality", "postalinfo")
    expected = {region.lower() + kind for region in REGIONS for kind in kinds}
    assert set(download.xml) == expected | {"walloniapartofmunicipality"}
    assert "Not for use" in download.licence
    assert "CC BY 4.0" in download.licence


def test_each_file_carries_its_root_source_and_timestamp(download: Download) -> None:
    for name, root in download.roots.items():
        assert root.tag.removeprefix(TNS).removesuffix("ResponseBySource").lower() in name
        assert name.startswith(root.findtext(f"{TNS}source"))
        assert root.findtext(f"{TNS}timestamp") == "2026-11-02T01:00:00+01:00"


def test_counts(download: Download) -> None:
    counts = {
        region: [len(download.elements(region, kind)) for kind in ("Address", "StreetName")]
        for region in REGIONS
    }
    assert 2900 <= sum(addresses for addresses, _ in counts.values()) <= 3300
    assert all(addresses > 800 for addresses, _ in counts.values())
    assert [len(download.elements(region, "Municipality")) for region in REGIONS] == [14, 6, 12]


def test_identifiers_are_unique_inside_a_region_and_collide_across(download: Download) -> None:
    seen = {}
    for region in REGIONS:
        ids = [object_id(address) for address in download.addresses(region)]
        assert len(set(ids)) == len(ids)
        assert ids == sorted(ids, key=lambda one: int(one or 0))
        seen[region] = set(ids)
    assert len(set.intersection(*seen.values())) > 800
    assert min(int(one or 0) for one in set.union(*seen.values()) - {"210225"}) >= 900_000_000


def test_rue_de_la_loi_16_is_the_real_one(download: Download) -> None:
    (address,) = [a for a in download.addresses("Brussels") if object_id(a) == "210225"]
    assert door(address) == ("1679", "16", None, "current")
    assert object_id(address, "hasMunicipality") == "21004"
    assert object_id(address, "hasPostalInfo") == "1000"
    x, y = map(float, position(address).text.split())
    assert abs(x - 149843.5) < 0.1
    assert abs(y - 170639.5) < 0.1
    streets = {object_id(s): spellings(s) for s in download.elements("Brussels", "StreetName")}
    assert streets["1679"] == {"nl": "Wetstraat", "fr": "Rue de la Loi"}
    towns = {object_id(m): spellings(m) for m in download.elements("Brussels", "Municipality")}
    names = {"nl": "Brussel", "fr": "Bruxelles", "de": "Brüssel", "en": "Brussels"}
    assert towns["21004"] == names


def test_namespaces_of_the_three_regions(download: Download) -> None:
    expected = {
        "Flanders": "https://data.vlaanderen.be/id/adres/",
        "Brussels": "https://databrussels.be/id/address",
        "Wallonia": "geodata.wallonie.be/id/Address",
    }
    for region, namespace in expected.items():
        found = {text(a, "code", "namespace") for a in download.addresses(region)}
        assert found == {namespace}


def test_version_styles(download: Download) -> None:
    flemish = [text(a, "code", "versionIdentifier") or "" for a in download.addresses("Flanders")]
    assert {version[-6:] for version in flemish} >= {"+01:00", "+02:00"}
    assert any("+" not in version for version in flemish)
    assert any("." in version and "+" in version for version in flemish)
    for region in ("Brussels", "Wallonia"):
        for address in download.addresses(region):
            assert (text(address, "code", "versionIdentifier") or "").isdigit()


def test_flemish_validity_begins_with_the_version(download: Download) -> None:
    for address in download.addresses("Flanders"):
        version = datetime.fromisoformat(text(address, "code", "versionIdentifier") or "")
        valid_from = datetime.fromisoformat(text(address, "addressStatus", "validFrom") or "")
        begin = datetime.fromisoformat(address.get("beginLifeSpanVersion"))
        if version.tzinfo:
            assert version.astimezone(UTC).replace(microsecond=0) == valid_from
        else:
            assert (version - valid_from.replace(tzinfo=None)).total_seconds() // 3600 in {1, 2}
        assert begin < datetime(2014, 1, 31, tzinfo=UTC)


REFERENCES = {
    "hasStreetName": "StreetName",
    "hasMunicipality": "Municipality",
    "hasPostalInfo": "PostalInfo",
    "hasPartOfMunicipality": "PartOfMunicipality",
}


def test_references_lag_or_dangle_where_they_should(download: Download) -> None:
    lagging: Counter[str] = Counter()
    dangling: Counter[tuple[str, str | None]] = Counter()
    for region in REGIONS:
        for tag, kind in REFERENCES.items():
            if kind == "PartOfMunicipality" and region != "Wallonia":
                continue
            current = {
                (text(e, "code", "namespace"), object_id(e)): text(e, "code", "versionIdentifier")
                for e in download.elements(region, kind)
            }
            for reference in download.roots[f"{region.lower()}address"].iter(COM + tag):
                key = (text(reference, "namespace"), text(reference, "objectIdentifier"))
                if key not in current:
                    dangling[region, key[1]] += 1
                elif text(reference, "versionIdentifier") != current[key]:
                    lagging[region] += 1
    assert all(lagging[region] > 20 for region in REGIONS)
    assert dangling == {
        ("Flanders", "99999999"): 1,
        ("Brussels", "99999999"): 1,
        ("Brussels", "1099"): 1,
        ("Wallonia", "99999999"): 2,  # a street and a part of municipality
    }


def test_only_the_walloon_address_file_begins_with_a_byte_order_mark(download: Download) -> None:
    marked = [name for name, data in download.xml.items() if data.startswith(codecs.BOM_UTF8)]
    assert marked == ["walloniaaddress"]


ORDER = [
    "code",
    "position",
    "addressStatus",
    "boxNumber",
    "houseNumber",
    "annotation",
    "officiallyAssigned",
    "hasStreetName",
    "hasMunicipality",
    "hasPartOfMunicipality",
    "hasPostalInfo",
]


def test_elements_come_in_the_order_of_the_producer(download: Download) -> None:
    for address in download.addresses():
        tags = [child.tag.removeprefix(COM) for child in address]
        assert tags == sorted(tags, key=ORDER.index)
