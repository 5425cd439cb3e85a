"""What was found for a reading, and what speaks against it, in points: lower is better."""

from typing import NamedTuple

from registry.normalization.places import make_place_key
from registry.normalization.street_name import split_street_name
from registry.normalization.text import fold
from registry.search import numbers
from registry.search.answers import Reason
from registry.search.index import SearchIndex
from registry.search.numbers import NumberFinding
from registry.search.places import Claim, Gazetteer, NameKind
from registry.search.reading import Reading
from registry.search.reading_noise import is_told
from registry.search.street_words import EDIT
from registry.search.streets import StreetFinding

HOPELESS = 1_000
_SHARED = 15  # a neighbour's name, that the postal code has too
_OTHER_CODE = 60  # of the same municipality
_UNKNOWN_CODE = 50
_NO_CODE_KNOWN = 5
_CONTRADICTION = 80
_NAME_EDIT = 15
_PART_ELSEWHERE = 40
_OTHER_KIND = 30
_NOWHERE = 20
_UNKNOWN_NAME = 40
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
    part: str = ""
    """What the name that was asked carries in parentheses, and this street's does not."""

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
    codes = columns.codes[columns.first_codes[s] : columns.first_codes[s + 1]]
    is_here = reading.claim.code in codes  # a street may have several
    if ((is_moved and not is_here) or is_unlike) and number.house_reason in _GUESSED:
        number = numbers.MISSING  # another number in another place is another address
    if number.addresses:
        standing = index.addresses.standings[number.addresses[0]]
    else:
        standing = columns.standings[s]
    cost = reading.cost + street.cost + number.cost + place_cost
    if is_moved and is_unlike:
        cost += _TOO_MUCH
    if find_unknown_place(reading):  # abroad perhaps: nothing is bent to fit
        cost += HOPELESS if street.cost or is_moved else _UNKNOWN_NAME
    if not number.addresses:
        cost += numbers.POINTS_OF_STANDING[standing]
    if reading.left:
        cost += sum(map(_cost_of_left, reading.left))
        cost += _LEFT_OF_NEAR if street.cost else 0
    part = ""
    if not _MARKS.isdisjoint(reading.street):
        part = _find_other_part(reading.street, s, number, gazetteer)
        cost += _OTHER_PART if part else 0
    public_id = columns.public_ids[s]
    first, after = columns.first_addresses[s], columns.first_addresses[s + 1]
    id_key = (len(public_id), public_id)
    return Finding(
        cost, standing, street.is_former, first - after, id_key, street, number, reading, part
    )


def _find_other_part(written: str, s: int, number: NumberFinding, gazetteer: Gazetteer) -> str:
    """Return the part that a name carries, Rue Haute (CH), Dorp_01, unless it is the street's.

    A street without a part of its own has the names of its place, and what they begin with.
    """
    written_part = split_street_name(written).part
    part = fold(written_part)
    if not part:
        return ""
    columns = gazetteer.index.streets
    names = (columns.names_nl[s], columns.names_fr[s], columns.names_de[s])
    parts = {fold(split_street_name(name).part) for name in names if name}
    parts = {*parts, fold(columns.homonyms[s] or "")} - {""}
    is_own = part in parts if parts else _is_of_place(part, s, number, gazetteer)
    return "" if is_own else written_part


def _is_of_place(part: str, s: int, number: NumberFinding, gazetteer: Gazetteer) -> bool:
    index, m = gazetteer.index, gazetteer.index.streets.municipalities[s]
    known = index.addresses.parts[number.addresses[0]] if number.addresses else 0
    if not known:
        return gazetteer.is_name_of(m, make_place_key(part))
    names = (*index.part_names[known].values(), *index.municipalities[m].names.values())
    return any(make_place_key(name).startswith(make_place_key(part)) for name in names)


def _cost_of_left(words: str) -> int:
    return _NUMBER_LEFT if any(map(str.isdigit, words)) and not is_told(words) else _LEFT


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
        cost_of_name = _cost_of_name(claim, m, code, number, gazetteer)
        if min(cost, _UNKNOWN_CODE) + cost_of_name >= _UNKNOWN_CODE + _CONTRADICTION:
            return HOPELESS  # neither the code nor the municipality that were asked
        cost += cost_of_name
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
    if not claim.meanings:
        return 0  # make_finding sees to unknown places
    meaning = next((one for one in claim.meanings if one.municipality == m), None)
    if meaning is None:
        if is_brussels(claim, m, gazetteer):
            return 0
        if gazetteer.is_shared(claim):
            return _SHARED if code == claim.code else HOPELESS
        return _CONTRADICTION + claim.edits * _NAME_EDIT
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


def find_unknown_place(reading: Reading) -> str:
    """Return what stands for the place beside a postal code and is no name of one, or ""."""
    claim = reading.claim
    if claim.meanings:
        return ""
    is_left = claim.beside and any(claim.beside in one for one in reading.left)
    return claim.name or (claim.beside if is_left else "")


def list_scopes(claim: Claim, gazetteer: Gazetteer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the municipalities that all of a claim allows, and those that a part of it does."""
    covered = gazetteer.list_covered(claim.code)
    named = tuple(one.municipality for one in claim.meanings)
    if not covered or not named:
        return covered or named, ()
    both = tuple(m for m in named if m in covered)
    if not both and gazetteer.is_shared(claim):
        return tuple(dict.fromkeys((*named, *covered))), ()
    if gazetteer.brussels in named:
        both = (*both, *(m for m in covered if m not in both and is_brussels(claim, m, gazetteer)))
    others = dict.fromkeys(m for m in (*named, *covered) if m not in both)
    return both, tuple(others)
