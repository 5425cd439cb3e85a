"""Every quirk of streets, municipalities, parts and postal infos is in the sample."""

from collections import Counter

from tests.unit.sample.download import (
    REGIONS,
    Download,
    door,
    object_id,
    spellings,
    text,
)


def test_streets_homonyms_hamlets_and_names(download: Download) -> None:
    streets = {r: download.elements(r, "StreetName") for r in REGIONS}
    homonyms = {text(s, "homonymAddition") for s in streets["Flanders"]}
    assert homonyms == {None, "BO", "DE", "HO"}
    hamlets = [spellings(s) for s in streets["Wallonia"] if text(s, "type") == "hamlet"]
    assert {"de": "Wirtzfeld"} in hamlets
    names = {name for r in REGIONS for s in streets[r] for name in spellings(s).values()}
    assert names >= {
        "'t Plein",
        "'s Herenhuislaan",
        'Neffe, domaine"Les Marcassins"',
        "Residentie Zon & Zee",
        "Rue Neuve (CH)",
        "NIjverheidslaan",
        "Rue du Pahy",
        "Rue du Baty",
    }
    assert b"Residentie Zon &amp; Zee" in download.xml["flandersstreetname"]


def test_languages_of_street_names(download: Download) -> None:
    languages = {
        region: {tuple(spellings(s)) for s in download.elements(region, "StreetName")}
        for region in REGIONS
    }
    assert languages == {
        "Flanders": {("nl",), ("nl", "fr")},
        "Brussels": {("nl", "fr")},
        "Wallonia": {("fr",), ("nl", "fr"), ("de",)},
    }


def test_one_name_for_several_streets(download: Download) -> None:
    louise = {
        (object_id(s), object_id(s, "isAssignedByMunicipality"))
        for s in download.elements("Brussels", "StreetName")
        if spellings(s)["fr"] == "Avenue Louise"
    }
    assert louise == {("1858", "21004"), ("3919", "21009"), ("751", "21013")}


def test_streets_without_addresses(download: Download) -> None:
    for region, expected in (
        ("Flanders", "26049"),
        ("Brussels", "5271"),
        ("Wallonia", "900000000"),
    ):
        used = {object_id(a, "hasStreetName") for a in download.addresses(region)}
        assert expected not in used
        assert expected in {object_id(s) for s in download.elements(region, "StreetName")}


def test_a_retired_street_has_ends(download: Download) -> None:
    (street,) = [s for s in download.elements("Flanders", "StreetName") if object_id(s) == "26049"]
    assert street.get("endLifeSpanVersion") == text(street, "streetNameStatus", "validTo")
    assert text(street, "streetNameStatus", "status") == "retired"


def test_postal_names(download: Download) -> None:
    names = {
        region: {object_id(p): spellings(p) for p in download.elements(region, "PostalInfo")}
        for region in REGIONS
    }
    assert all(set(found) == {"nl"} for found in names["Flanders"].values())
    assert "/GINGELOM/" in (names["Flanders"]["3890"]["nl"] or "")
    assert all(set(found) == {"nl", "fr"} for found in names["Brussels"].values())
    assert "0612" in names["Brussels"]
    empty = {code: found for code, found in names["Wallonia"].items() if found}
    assert empty == {"4020": {"fr": ""}, "4030": {None: None}}


def test_postal_codes_of_one_street_and_of_another_municipality(download: Download) -> None:
    codes = Counter(
        object_id(a, "hasPostalInfo")
        for a in download.addresses("Brussels")
        if door(a)[0] == "1679"
    )
    assert set(codes) == {"1000", "1040", "1049"}
    pairs = {
        (object_id(a, "hasMunicipality"), object_id(a, "hasPostalInfo"))
        for a in download.addresses()
    }
    assert pairs >= {("21004", "1050"), ("21009", "1050"), ("21004", "1040"), ("11002", "2800")}


def test_an_address_in_another_municipality_than_its_street(download: Download) -> None:
    owner = {
        object_id(s): object_id(s, "isAssignedByMunicipality")
        for s in download.elements("Brussels", "StreetName")
    }
    strays = [
        door(a)[:2]
        for a in download.addresses("Brussels")
        if door(a)[0] in owner and owner[door(a)[0]] != object_id(a, "hasMunicipality")
    ]
    assert strays == [("1858", "901")]


def test_parts_of_municipalities(download: Download) -> None:
    parts = [
        spellings(p)["fr"]
        for p in download.elements("Wallonia", "PartOfMunicipality")
        if "fr" in spellings(p)
    ]
    assert parts.count("Abée") == 2
    used = Counter(object_id(a, "hasPartOfMunicipality") for a in download.addresses("Wallonia"))
    assert used["1"] > 0
    assert used["2"] == 1
    assert used[None] == 1
    assert all(
        object_id(a, "hasPartOfMunicipality") is None for a in download.addresses("Brussels")
    )


def test_municipality_names_and_a_merged_code(download: Download) -> None:
    flemish = {object_id(m): spellings(m) for m in download.elements("Flanders", "Municipality")}
    assert flemish["11002"]["en"] == "Antwerp"
    assert "11007" in flemish
    assert "11007" not in {object_id(a, "hasMunicipality") for a in download.addresses("Flanders")}
