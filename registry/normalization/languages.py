"""The languages of street names by municipality: the law on languages of 1966, by NIS code."""

from functools import lru_cache

from registry.domain.region import Region
from registry.normalization.places import find_municipality, follow

_OF_REGION = {
    Region.BRUSSELS: ("fr", "nl"),
    Region.FLANDERS: ("nl",),
    Region.WALLONIA: ("fr",),
}
_WITH_FACILITIES = {
    ("nl", "fr"): (
        "23009 23098 23099 23100 23101 23102 23103 "  # Bever and the six around Brussels
        "33016 34043 45041 73028 73109"  # Mesen, Spiere-Helkijn, Ronse, Herstappe, Voeren
    ),
    ("fr", "nl"): "51019 51067 57096 57097",  # Flobecq, Enghien, Mouscron, Comines-Warneton
    ("de", "fr"): "63001 63012 63013 63023 63040 63048 63061 63067 63087",  # German-speaking
    ("fr", "de"): "63049 63080",  # Malmedy, Waimes
}
_BY_CODE = {
    code: languages for languages, codes in _WITH_FACILITIES.items() for code in codes.split()
}

_CODES = {
    "nl": ("nl", "n", "nld", "dut", "nederlands", "neerlandais", "dutch"),
    "fr": ("fr", "f", "fra", "fre", "francais", "frans", "french"),
    "de": ("de", "d", "deu", "ger", "deutsch", "allemand", "duits", "german"),
    "en": ("en", "e", "eng", "english", "engels", "anglais"),
}
_SPELLINGS = {spelling: code for code, spellings in _CODES.items() for spelling in spellings}


def list_languages(municipality_id: str) -> tuple[str, ...]:
    """Return the official languages of street names there, the first language first.

    By NIS code, also one that went. A code that is unknown has none.
    """
    code = follow(municipality_id)
    if (languages := _BY_CODE.get(code)) is not None:
        return languages
    municipality = find_municipality(code)
    return () if municipality is None else _OF_REGION[municipality.region]


@lru_cache(maxsize=256)
def normalize_language(text: str) -> str:
    """Return nl, fr, de or en for a spelling of it (`NL`, `fr-BE`, `dut`), others as met."""
    met = text.strip()
    word = met.casefold().replace("ç", "c").replace("é", "e")
    return _SPELLINGS.get(word.partition("-")[0].partition("_")[0], met)
