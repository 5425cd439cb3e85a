"""The columns that are added to a row: what the single answer says, in nine values."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from geo.crs import Crs
from geo.pipelines import choose_datum_shift
from geo.projection import Projection
from registry.search.answers import (
    Answer,
    Candidate,
    Category,
    MatchLevel,
    Question,
    Reason,
    Verdict,
)
from registry.search.bulk.tables import Added, Asked, Unreadable
from registry.search.index import SearchIndex
from registry.search.labels import list_languages, make_address_label, make_labels
from registry.search.matching import match
from registry.search.reasons import withhold

SCORE_DIGITS = 4
DEGREE_DIGITS = 7
"""As in the single answer."""

Position = tuple[float, float]


def make_added(index: SearchIndex, minimum: float, keys: Sequence[Asked]) -> list[Added]:
    """Return what is added for each question: the same as when it is asked alone."""
    # Answers are let go of one by one: thousands at once do not fit the processor's cache.
    made = [_make_one(index, *_ask(index, key, minimum)) for key in keys]
    degrees = _make_degrees([position for _, position in made])
    return [
        added if pair is None else Added(*added[:6], pair[1], pair[0], added.reason)
        for (added, _), pair in zip(made, degrees, strict=True)
    ]


_UNREADABLE = Answer(
    verdict=Verdict.NOT_FOUND, category=Category.C, score=0.0, reasons=(Reason.UNREADABLE,)
)


def _ask(index: SearchIndex, key: Asked, minimum: float) -> tuple[Answer, str]:
    if isinstance(key, Unreadable):
        return _UNREADABLE, key.why
    text, street_name, house_number, box_number, postal_code, municipality, country = key
    question = Question(
        text=text,
        street_name=street_name,
        house_number=house_number,
        box_number=box_number,
        postal_code=postal_code,
        municipality=municipality,
        country=country,
    )
    return withhold(match(question, index), minimum), ""


def _make_one(index: SearchIndex, answer: Answer, why: str) -> tuple[Added, Position | None]:
    """Return what is added but for degrees, and the position that they are of."""
    best = None if answer.verdict is Verdict.AMBIGUOUS else answer.best
    added = Added(
        None if best is None else make_id(index, best),
        answer.verdict,
        answer.category,
        answer.match_level,
        round(answer.score, SCORE_DIGITS),
        None if best is None else make_label(index, best),
        None,
        None,
        describe_reasons(index, answer, why) or None,
    )
    return added, answer.position


def _make_degrees(
    positions: Sequence[Position | None],
) -> list[Position | None]:
    """Return longitude and latitude of positions in Lambert 2008, all in one go."""
    known = [position for position in positions if position is not None]
    if not known:
        return [None] * len(positions)
    xs, ys = np.array(known).T
    lons, lats = _load_projection().from_canonical(xs, ys, Crs.WGS84)
    pairs = iter(zip(lons.tolist(), lats.tolist(), strict=True))
    return [None if position is None else _round(next(pairs)) for position in positions]


def _round(pair: Position) -> Position:
    return round(pair[0], DEGREE_DIGITS), round(pair[1], DEGREE_DIGITS)


@cache
def _load_projection() -> Projection:
    # Which datum shift does not matter: none is between Lambert 2008 and degrees.
    return Projection(choose_datum_shift(None))


def make_id(index: SearchIndex, found: Candidate) -> str:
    """Return the public id of what was found: of an address, a street, a part or a place."""
    match found.level:
        case MatchLevel.BOX | MatchLevel.BUILDING:
            return index.make_address_id(found.address)
        case MatchLevel.STREET:
            return index.streets.public_ids[found.street]
        case MatchLevel.PART:
            return index.parts[found.part]
        case MatchLevel.POSTAL_INFO:
            return found.postal_code
        case MatchLevel.MUNICIPALITY:
            return index.municipalities[found.municipality].nis_code


def make_label(index: SearchIndex, found: Candidate) -> str:
    """Return the text of what was found, in the first language of its place."""
    if found.address < 0:
        return next(iter(make_labels(index, found).values()), "")
    return make_address_label(
        index, found.address, next(iter(list_languages(index, found.municipality)), "nl")
    )


def describe_reasons(index: SearchIndex, answer: Answer, why: str) -> str:
    """Return why an answer is as it is: `streetName spelling; unresolved: bij de bakker`.

    Of several that are equally good, which they are.
    """
    parts = [
        f"{component.kind} {component.reason}"
        for component in answer.components
        if component.reason is not None
    ]
    if answer.reasons:
        told = {component.reason for component in answer.components}
        parts += [reason for reason in answer.reasons if reason not in told]
    if answer.verdict is Verdict.AMBIGUOUS:
        ids = " ".join(make_id(index, candidate) for candidate in answer.candidates)
        parts.append(f"{answer.candidates_total} candidates: {ids}")
    if answer.unresolved:
        parts.append(f"unresolved: {' | '.join(answer.unresolved)}")
    return "; ".join(parts) + (f": {why}" if why else "")
