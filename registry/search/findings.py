"""What was found for a reading, and what speaks against it, in points: lower is better."""

from typing import NamedTuple

from registry.normalization.street_name import split_street_name
from registry.normalization.text import fold
from registry.search import numbers
from registry.search.answers import MatchLevel, Reason
from registry.search.index import SearchIndex
from registry.search.numbers import NumberFinding
from registry.search.places import Claim, Gazetteer, NameKind
from registry.search.reading import Reading
from registry.search.street_words import EDIT
from registry.search.streets import StreetFinding

_OTHER_CODE = 60  # of the same municipality
_UNKNOWN_CODE = 50
_NO_CODE_KNOWN = 5
_CONTRADICTION = 80
_NAME_EDIT = 15
_PART_ELSEWHERE = 40
_OTHER_KIND = 30
_NOWHERE = 20
_UNKNOWN_PLACE = 200  # nothing says where, and what is left over may
_GUESSED = (Reason.LETTER_DROPPED, Reason.ONLY_WITH_LETTER, Reason.IN_RANGE)
_OTHER_PART = 12
_MARKS = frozenset(")_,")
_TOO_MUCH = 80  # another place, and a name of several edits
_LEFT_OF_NEAR = 120  # what is left may be the name
_LEFT, _NUMBER_LEFT = 8, 300  # worse than a number that is not there


class Finding(NamedTuple):
    """A street, with or without an address in it, that a reading may mean.

    In the order in which ties are broken: cost, standing, own before former name, the street with
    most addresses, public id in natural order.
    """

    cost: int
    standing: int
    is_former: bool
    addresses: int
    """Negative: how many the street has."""
    id_key: tuple[int, str]
    street: StreetFinding
    number: NumberFinding
    reading: Reading

    @property
    def target(self) -> tuple[int, tuple[int, ...]]:
        """What it is of."""
        return self.street.street, self.number.addresses


def make_finding(
    street: StreetFinding, number: NumberFinding, reading: Reading, gazetteer: Gazetteer
) -> Finding:
    """Return a finding with all that speaks against it added up."""
    index, s = gazetteer.index, street.street
    columns = index.streets
    if reading.is_without and not number.addresses:
        number = numbers.NONE
    place_cost = cost_of_place(reading.claim, s, number, gazetteer)
    if place_cost == _NOWHERE and reading.left:
        place_cost = _UNKNOWN_PLACE
    is_moved, is_unlike = place_cost >= _UNKNOWN_CODE, street.cost >= 2 * EDIT
    if (is_moved or is_unlike) and number.house_reason in _GUESSED:
        number = numbers.MISSING  # another number in another place is another address
    if number.addresses:
        standing = index.addresses.standings[number.addresses[0]]
    else:
        standing = columns.standings[s]
    cost = reading.cost + street.cost + number.cost + place_cost
    if is_moved and is_unlike:
        cost += _TOO_MUCH
    if not number.addresses:
        cost += numbers.POINTS_OF_STANDING[standing]
    if reading.left:
        cost += sum(map(_cost_of_left, reading.left))
        cost += _LEFT_OF_NEAR if street.cost else 0
    if not _MARKS.isdisjoint(reading.street):
        cost += _cost_of_part(reading.street, s, gazetteer)
    public_id = columns.public_ids[s]
    first, after = columns.first_addresses[s], columns.first_addresses[s + 1]
    id_key = (len(public_id), public_id)
    return Finding(cost, standing, street.is_former, first - after, id_key, street, number, reading)


def _cost_of_part(written: str, s: int, gazetteer: Gazetteer) -> int:
    """Return what speaks against a street that carries another part: Rue Haute (CH), Dorp_01."""
    part = fold(split_street_name(written).part)
    if not part:
        return 0
    columns = gazetteer.index.streets
    names = (columns.names_nl[s], columns.names_fr[s], columns.names_de[s])
    parts = {fold(split_street_name(name).part) for name in names if name}
    parts = {*parts, fold(columns.homonyms[s] or "")} - {""}
    return _OTHER_PART if parts and part not in parts else 0


def _cost_of_left(words: str) -> int:
    return _NUMBER_LEFT if any(map(str.isdigit, words)) else _LEFT


def cost_of_place(claim: Claim, s: int, number: NumberFinding, gazetteer: Gazetteer) -> int:
    """Return what speaks against a street's place: another postal code, municipality or part."""
    index = gazetteer.index
    m = index.streets.municipalities[s]
    if claim.code < 0 and not claim.meanings:
        return _NOWHERE
    cost = 0
    code = _get_code(claim, s, number, index)
    if claim.code >= 0 and code != claim.code:
        if not code:
            cost += _NO_CODE_KNOWN
        else:
            covered = gazetteer.list_covered(claim.code)
            cost += _OTHER_CODE if m in covered else _CONTRADICTION if covered else _UNKNOWN_CODE
    if claim.name:
        cost += _cost_of_name(claim, m, code, number, gazetteer)
    return cost


def _get_code(claim: Claim, s: int, number: NumberFinding, index: SearchIndex) -> int:
    """Return the postal code of what was found; of a street the one asked if it has that too."""
    if number.addresses:
        return index.addresses.postal_codes[number.addresses[0]]
    columns = index.streets
    codes = columns.codes[columns.first_codes[s] : columns.first_codes[s + 1]]
    if claim.code in codes:
        return claim.code
    return codes[0] if len(codes) else 0


def _cost_of_name(
    claim: Claim, m: int, code: int, number: NumberFinding, gazetteer: Gazetteer
) -> int:
    meaning = next((one for one in claim.meanings if one.municipality == m), None)
    if meaning is None:
        is_here = is_brussels(claim, m, gazetteer)
        return 0 if is_here else _CONTRADICTION + claim.edits * _NAME_EDIT
    cost = claim.edits * _NAME_EDIT
    if meaning.kind is NameKind.OWN:
        return cost
    if claim.code < 0 and claim.meanings[0].kind is NameKind.OWN:
        cost += _OTHER_KIND
    part = gazetteer.index.addresses.parts[number.addresses[0]] if number.addresses else 0
    is_elsewhere = meaning.parts and part and part not in meaning.parts
    if is_elsewhere or (claim.code < 0 and meaning.codes and code and code not in meaning.codes):
        cost += _PART_ELSEWHERE
    return cost


def is_brussels(claim: Claim, m: int, gazetteer: Gazetteer) -> bool:
    """Whether it says Brussels with a postal code of the region that this municipality has."""
    return (
        any(one.municipality == gazetteer.brussels for one in claim.meanings)
        and m in gazetteer.list_covered(claim.code)
        and gazetteer.index.municipalities[m].region is gazetteer.region_of_brussels
    )


def list_scopes(claim: Claim, gazetteer: Gazetteer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the municipalities that all of a claim allows, and those that a part of it does."""
    covered = gazetteer.list_covered(claim.code)
    named = tuple(one.municipality for one in claim.meanings)
    if not covered or not named:
        return covered or named, ()
    both = tuple(m for m in named if m in covered)
    if gazetteer.brussels in named:
        both = (*both, *(m for m in covered if m not in both and is_brussels(claim, m, gazetteer)))
    others = dict.fromkeys(m for m in (*named, *covered) if m not in both)
    return both, tuple(others)


def is_sure_street(finding: Finding) -> bool:
    """Whether the street bears the very name that was asked."""
    return finding.street.cost == 0 and finding.number.level is not MatchLevel.STREET
