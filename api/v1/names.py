"""Names in several languages: as a map in documents, one at a time in a written address."""

from collections.abc import Mapping
from typing import Any

from registry.domain.region import Region

Names = dict[str, str]

LANGUAGES = ("nl", "fr", "de", "en")

# The languages in which a region's public addresses are written. Flanders writes French, and
# Wallonia Dutch, only in municipalities with facilities, where the street has such a name.
PLACE_LANGUAGES: Mapping[Region, tuple[str, ...]] = {
    Region.BRUSSELS: ("fr", "nl"),
    Region.FLANDERS: ("nl", "fr"),
    Region.WALLONIA: ("fr", "de", "nl"),
}

# "boîte", "bte", "bus" or "box": Royal Decree of 24 April 2014 on the postal service, art. 34.
_BOX_WORDS = {"nl": "bus", "fr": "bte", "de": "box"}


def read_names(row: Mapping[str, Any], prefix: str) -> Names:
    """Collect a row's names by language, `prefix` being `name`, `street`, ..."""
    found = ((language, row.get(f"{prefix}_{language}")) for language in LANGUAGES)
    return {language: name for language, name in found if name}


def choose_names(names: Names, language: str | None) -> Names:
    """Keep the language that was asked for; all of them when there is no such name."""
    if language is None or language not in names:
        return names
    return {language: names[language]}


def choose_one(names: Names, languages: tuple[str, ...], region: Region) -> str | None:
    """Return the name in the first preferred language there is, else in one of the region's."""
    for language in (*languages, *PLACE_LANGUAGES[region]):
        if language in names:
            return names[language]
    return next(iter(names.values()), None)


def write_address(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Write an address in each language in which both its street and municipality have a name.

    No line mixes languages. After the postal code comes the municipality, as the same article
    has it and as Flanders writes its full addresses: postal names are often no name at all
    ("Anderlecht + Bruxelles (Rue de la Rosée)"). Empty when the street is not known.
    """
    languages = PLACE_LANGUAGES[Region(row["region"])]
    written = {
        language: _write_lines(row, language, street, place)
        for language in languages
        if (street := row[f"street_{language}"]) and (place := row[f"municipality_{language}"])
    }
    if written:
        return written
    # A street whose language the municipality's name lacks: the part's name, or the code alone.
    return {
        language: _write_lines(row, language, street, row[f"part_{language}"])
        for language in languages
        if (street := row[f"street_{language}"]) and (row[f"part_{language}"] or row["postal_code"])
    }


def _write_lines(
    row: Mapping[str, Any], language: str, street: str, place: str | None
) -> dict[str, Any]:
    box = f" {_BOX_WORDS[language]} {row['box_number']}" if row["box_number"] else ""
    first = f"{street} {row['house_number']}{box}"
    second = " ".join(word for word in (row["postal_code"], place) if word)
    return {"lines": [first, second], "line": f"{first}, {second}"}
