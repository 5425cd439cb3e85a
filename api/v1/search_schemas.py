"""The shapes of search: suggestions, ranked results, matches, what is near a point."""

from typing import Annotated, Literal

from pydantic import AnyUrl, ConfigDict, Field

from api.v1 import search_examples
from api.v1.history_schemas import ObjectLink
from api.v1.parameters import RegionCode
from api.v1.schema_parts import (
    BestIdentifier,
    LocalizedString,
    Model,
    MunicipalityReference,
    Position,
    PostalInfoReference,
    Reference,
    StreetNameReference,
)
from api.v1.search_parameters import Kind
from registry.search.answers import (
    LONGEST_TEXT,
    Category,
    ComponentKind,
    ComponentStatus,
    MatchLevel,
    PositionLevel,
    Verdict,
)

_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
_Seq = Annotated[
    int, Field(description="the state of the register that this is of; the newest soon after it")
]


class NearbyAddress(Model):
    """An address near a point; what else is known of it stands at `href`."""

    id: str
    href: AnyUrl
    best_identifier: Annotated[
        BestIdentifier | None, Field(description="without version; the document has it")
    ] = None
    house_number: Annotated[str, Field(description="as published")]
    box_number: Annotated[str | None, Field(description="as published")] = None
    status: Annotated[str | None, Field(description="current, proposed, reserved, retired")] = None
    region: RegionCode
    labels: Annotated[
        LocalizedString, Field(description="to show: a line in each language of its place")
    ]
    street_name: StreetNameReference
    municipality: MunicipalityReference
    part_of_municipality: Reference | None = None
    postal_info: PostalInfoReference | None = None
    position: Position
    distance: Annotated[float, Field(description="metres from the point asked for")]


class Nearby(Model):
    """What is near a point, the nearest address first."""

    model_config = ConfigDict(json_schema_extra={"example": search_examples.NEARBY})

    self: AnyUrl
    seq: _Seq
    street_name: Annotated[
        StreetNameReference | None, Field(description="that of the nearest address")
    ] = None
    municipality: Annotated[
        MunicipalityReference | None, Field(description="in which the point is")
    ] = None
    municipality_by: Annotated[
        Literal["outline", "nearestAddress"] | None,
        Field(description="how that is known: nearestAddress where no outlines were imported"),
    ] = None
    items: list[NearbyAddress]
    dataset: Literal["sample"] | None = None


class Suggestion(Model):
    """One thing that may be meant."""

    kind: Kind
    id: str
    href: AnyUrl
    status: Annotated[
        str | None, Field(description="of addresses and street names: current, proposed, ...")
    ] = None
    labels: Annotated[
        LocalizedString, Field(description="to show: a line in each language of its place")
    ]
    completions: Annotated[
        LocalizedString, Field(description="what to put into the box when it is chosen")
    ]
    has_more: Annotated[
        bool, Field(description="whether what follows can be chosen then: numbers, boxes")
    ]


class Suggestions(Model):
    """What may be meant by what was typed so far, the likeliest first."""

    model_config = ConfigDict(json_schema_extra={"example": search_examples.SUGGESTIONS})

    self: AnyUrl
    seq: _Seq
    items: list[Suggestion]
    dataset: Literal["sample"] | None = None


class SearchResult(Model):
    """One thing that fits."""

    kind: Kind
    id: str
    href: AnyUrl
    status: Annotated[
        str | None, Field(description="of addresses and street names: current, proposed, ...")
    ] = None
    labels: Annotated[
        LocalizedString, Field(description="to show: a line in each language of its place")
    ]
    is_former: Annotated[
        bool, Field(description="found under a name, number or code that no longer holds")
    ]
    successors: Annotated[
        list[ObjectLink] | None, Field(description="what took its place, if it went")
    ] = None
    score: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="how probable it is that this is what was meant; only where `q` was"
            " matched as an address",
        ),
    ] = None


class SearchResults(Model):
    """What fits, the best first."""

    self: AnyUrl
    seq: _Seq
    items: list[SearchResult]
    dataset: Literal["sample"] | None = None


class MatchQuestion(Model):
    """An address as somebody wrote it: one text, fields, or both; what is left out is not said."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=False,
        json_schema_extra={"example": search_examples.QUESTION},
    )

    text: Annotated[_Text, Field(description="a whole address; fills what fields leave open")] = ""
    street_name: _Text = ""
    house_number: _Text = ""
    box_number: _Text = ""
    post_code: _Text = ""
    municipality: Annotated[_Text, Field(description="its name, or that of a part of it")] = ""
    country: Annotated[_Text, Field(description="name or code; Belgium when absent")] = ""
    minimum_score: Annotated[
        float, Field(ge=0, le=1, description="what is less sure is answered by notFound")
    ] = 0


class MatchedAddress(Model):
    """An address, or as much of one as is sure: `id` and `href` are of the address itself."""

    level: Annotated[MatchLevel, Field(description="how far down it goes")]
    id: str | None = None
    href: AnyUrl | None = None
    best_identifier: Annotated[
        BestIdentifier | None, Field(description="without version; the document has it")
    ] = None
    house_number: str | None = None
    box_number: Annotated[
        str | None, Field(description="of this id; at level building that of the first there")
    ] = None
    street_name: StreetNameReference | None = None
    municipality: MunicipalityReference | None = None
    part_of_municipality: Reference | None = None
    postal_info: PostalInfoReference | None = None
    status: Annotated[str | None, Field(description="current, proposed, reserved, retired")] = None
    labels: Annotated[
        LocalizedString, Field(description="to show: a line in each language of its place")
    ]
    is_former: Annotated[
        bool, Field(description="found under a name, number or code that no longer holds")
    ]
    successors: Annotated[
        list[ObjectLink] | None, Field(description="what took its place, if it went")
    ] = None


class MatchReason(Model):
    """Why something is as it is."""

    reason: Annotated[str, Field(description="spelling, otherLanguage, noSuchNumber, ...")]
    explanation: Annotated[LocalizedString, Field(description="in a sentence")]


class MatchComponent(Model):
    """One part of the question, and how it stands to the register."""

    kind: ComponentKind
    input: Annotated[str | None, Field(description="as it was written; absent: it was not")] = None
    name: Annotated[
        LocalizedString | None, Field(description="as the register has it, of what has a name")
    ] = None
    value: Annotated[
        str | None, Field(description="as the register has it, of numbers and codes")
    ] = None
    status: ComponentStatus
    reason: Annotated[str | None, Field(description="absent: nothing is to be explained")] = None
    explanation: Annotated[LocalizedString | None, Field(description="in a sentence")] = None


class MatchAnswer(Model):
    """What an address means that somebody wrote, how sure that is, and why."""

    model_config = ConfigDict(json_schema_extra={"example": search_examples.MATCH})

    seq: _Seq
    verdict: Verdict
    category: Annotated[
        Category,
        Field(description="A: sure and as written; B: sure after changes; C: not sure (DAWA)"),
    ]
    score: Annotated[
        float, Field(ge=0, le=1, description="how probable it is that this is what was meant")
    ]
    match_level: Annotated[MatchLevel | None, Field(description="how far down it was found")] = None
    position_level: Annotated[
        PositionLevel | None, Field(description="what the position is of")
    ] = None
    position: Position | None = None
    address: Annotated[
        MatchedAddress | None, Field(description="what was found; absent when ambiguous")
    ] = None
    candidates: Annotated[
        list[MatchedAddress] | None, Field(description="when ambiguous: all that are equally good")
    ] = None
    candidates_total: Annotated[
        int | None, Field(description="how many there are, also those that are not told")
    ] = None
    reasons: Annotated[
        list[MatchReason] | None, Field(description="why, beside what the components say")
    ] = None
    components: list[MatchComponent]
    unresolved: Annotated[list[str], Field(description="what of the input was not understood")]
    dataset: Literal["sample"] | None = None
