"""What first questions would wait for, touched before anybody asks them."""

from registry.search.answers import Question
from registry.search.index import SearchIndex
from registry.search.matching import match
from registry.search.places import find_gazetteer

_BIGGEST = 50
"""Municipalities whose streets are kept by how they are spelled: half of the addresses."""
_NO_PLACE, _NO_STREET = "brusselle", "wetsraat 1"


def warm(index: SearchIndex) -> None:
    """Let matching make what it keeps of an index; some two seconds for the country.

    Before the index is shared: two who ask at once would make it twice.
    """
    gazetteer = find_gazetteer(index)
    gazetteer.find_near(_NO_PLACE)
    match(Question(text=f"{_NO_STREET}, {_NO_PLACE}"), index)
    for m in _list_biggest(index):
        gazetteer.near_names.find_by_name(_NO_STREET, m)


def _list_biggest(index: SearchIndex) -> list[int]:
    """Return the municipalities with most addresses."""
    counts = [0] * len(index.municipalities)
    first = index.streets.first_addresses
    for s, m in enumerate(index.streets.municipalities):
        counts[m] += first[s + 1] - first[s]
    return sorted(range(len(counts)), key=lambda m: (-counts[m], m))[:_BIGGEST]
