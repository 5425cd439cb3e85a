"""What matching is asked and what it answers. docs/matching.md explains each word."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An address as somebody wrote it: one text, fields, or both. "" is not said.

    With both, the fields are what is asked and `text` fills what they leave open. Fields may be
    as wrong as people write them: a number in the street, a box in the number, a postal code in
    the municipality.
    """

    text: str = ""
    street_name: str = ""
    house_number: str = ""
    box_number: str = ""
    postal_code: str = ""
    municipality: str = ""
    country: str = ""


LONGEST_TEXT = 500
"""Characters of any one text; a longer one is answered with notFound and tooLong."""


class Verdict(StrEnum):
    """What became of a question."""

    EXACT = "exact"
    """Every component that was asked is the register's; nothing was left over; one address.

    A postal code that follows from the municipality may be missing, or the reverse; not both.
    """
    CORRECTED = "corrected"
    """One address, after a component was corrected, replaced, unconfirmed (a box) or inferred,
    something was left over, or the address is no longer in use."""
    AMBIGUOUS = "ambiguous"
    """Several are equally good: all of them are candidates."""
    INCOMPLETE = "incomplete"
    """Sure, but less than a house number: street, postal code or municipality only."""
    NOT_FOUND = "notFound"
    FOREIGN = "foreign"
    """Another country's."""


class Category(StrEnum):
    """The Danish categories (DAWA datavask): A sure and as written, B sure after changes, C not."""

    A = "A"
    B = "B"
    C = "C"


class MatchLevel(StrEnum):
    """How far down the match goes. `BUILDING` is a house number without the box."""

    BOX = "box"
    BUILDING = "building"
    STREET = "street"
    PART = "part"
    POSTAL_INFO = "postalInfo"
    MUNICIPALITY = "municipality"


class PositionLevel(StrEnum):
    """What the position is of. Interpolated: between neighbours on the same side."""

    ADDRESS = "address"
    BUILDING = "building"
    INTERPOLATED = "interpolated"
    STREET = "street"
    MUNICIPALITY = "municipality"


class ComponentKind(StrEnum):
    """The parts of a question, named as in the API."""

    STREET_NAME = "streetName"
    HOUSE_NUMBER = "houseNumber"
    BOX_NUMBER = "boxNumber"
    POST_CODE = "postCode"
    MUNICIPALITY = "municipality"
    COUNTRY = "country"


class ComponentStatus(StrEnum):
    """How a component of the question stands to the register.

    confirmed: as written, but for case, accents, punctuation and usual abbreviations; corrected:
    spelling; replaced: something else stood there (another post code, a former name); inferred:
    not asked, follows from the rest; unconfirmed: asked, and not in the register; missing: not
    asked and does not follow.
    """

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    INFERRED = "inferred"
    REPLACED = "replaced"
    UNCONFIRMED = "unconfirmed"
    MISSING = "missing"


class Reason(StrEnum):
    """Why a component, or a whole answer, is as it is. REASONS in reasons.toml has the words."""

    SPELLING = "spelling"
    OTHER_LANGUAGE = "otherLanguage"
    ABBREVIATED = "abbreviated"
    FORMER_NAME = "formerName"
    FORMER_MUNICIPALITY = "formerMunicipality"
    PART_OF_MUNICIPALITY = "partOfMunicipality"
    POSTAL_NAME = "postalName"
    OTHER_POST_CODE = "otherPostCode"
    OTHER_MUNICIPALITY = "otherMunicipality"
    NO_SUCH_PLACE = "noSuchPlace"
    """Words that may be the place, and no name of one: no street is looked for elsewhere."""
    NO_SUCH_STREET = "noSuchStreet"
    NO_SUCH_NUMBER = "noSuchNumber"
    NO_SUCH_BOX = "noSuchBox"
    ONLY_WITH_LETTER = "onlyWithLetter"
    """7 is asked, and there are only 7A and 7B."""
    LETTER_DROPPED = "letterDropped"
    """7A is asked, and there is only 7."""
    IN_RANGE = "inRange"
    """21 is asked, and 19-23 is what there is; or the reverse. One side of the street only."""
    BOX_IN_NUMBER = "boxInNumber"
    NO_NUMBER = "noNumber"
    """The question says that there is none: SN, ZN, /, or it has none."""
    RETIRED = "retired"
    GONE = "gone"
    SEVERAL = "several"
    POST_OFFICE_BOX = "postOfficeBox"
    FOREIGN_COUNTRY = "foreignCountry"
    NOTHING_ASKED = "nothingAsked"
    BELOW_MINIMUM = "belowMinimum"
    UNREADABLE = "unreadable"
    TOO_LONG = "tooLong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of a question: as written (""), as the register has it by language, and why.

    `values` by language for names (nl, fr, de), under "" for what has no language (numbers, codes).
    """

    kind: ComponentKind
    written: str
    values: Mapping[str, str]
    status: ComponentStatus
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something in the register that answers: rows of SearchIndex, -1 where it goes not so far.

    `is_former`: found under a name, number or code that no longer holds. `successors` are public
    ids of what took its place.
    """

    level: MatchLevel
    municipality: int = -1
    postal_code: str = ""
    part: int = 0
    street: int = -1
    address: int = -1
    is_former: bool = False
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a question came to. `score`: how probable it is that `best` is what was meant, 0 to 1.

    `candidates` holds `best` first, and with verdict `ambiguous` all that are equally good, in the
    order of docs/matching.md; at most MOST_CANDIDATES, `candidates_total` counts them all.
    `position` is (x, y) in metres of EPSG:3812.
    """

    verdict: Verdict
    category: Category
    score: float
    match_level: MatchLevel | None = None
    position_level: PositionLevel | None = None
    position: tuple[float, float] | None = None
    candidates: tuple[Candidate, ...] = ()
    candidates_total: int = 0
    components: tuple[Component, ...] = ()
    unresolved: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The best candidate."""
        return self.candidates[0] if self.candidates else None


MOST_CANDIDATES = 20
