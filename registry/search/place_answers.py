"""Answers that go no further than a place, or nowhere; and how any answer is put together."""

from collections.abc import Mapping, Sequence

from registry.search.answers import (
    MOST_CANDIDATES,
    Answer,
    Candidate,
    Category,
    Component,
    ComponentKind,
    ComponentStatus,
    MatchLevel,
    PositionLevel,
    Question,
    Reason,
    Verdict,
)
from registry.search.findings import find_unknown_place, is_brussels
from registry.search.places import Claim, Gazetteer, NameKind
from registry.search.reading import Reading
from registry.search.scores import find_score, make_bin

_CATEGORIES = {Verdict.EXACT: Category.A, Verdict.CORRECTED: Category.B}
_LEFT = 20


def make_answer(
    verdict: Verdict,
    level: MatchLevel | None,
    *,
    candidates: Sequence[Candidate] = (),
    components: tuple[Component, ...] = (),
    unresolved: tuple[str, ...] = (),
    reasons: tuple[Reason, ...] = (),
    position_level: PositionLevel | None = None,
    position: tuple[float, float] | None = None,
) -> Answer:
    """Return an answer with the category and the score that its verdict and components have."""
    return Answer(
        verdict=verdict,
        category=_CATEGORIES.get(verdict, Category.C),
        score=find_score(make_bin(verdict, level, components, len(candidates), len(unresolved))),
        match_level=level,
        position_level=position_level,
        position=position,
        candidates=tuple(candidates[:MOST_CANDIDATES]),
        candidates_total=len(candidates),
        components=components,
        unresolved=unresolved,
        reasons=reasons,
    )


def refuse(reason: Reason, question: Question) -> Answer:
    """Return the answer to what is not looked up: nothing, too long, no letters, abroad."""
    is_foreign = reason is Reason.FOREIGN_COUNTRY
    verdict = Verdict.FOREIGN if is_foreign else Verdict.NOT_FOUND
    components: tuple[Component, ...] = ()
    if question.country:
        status = ComponentStatus.CONFIRMED
        components = (
            Component(
                kind=ComponentKind.COUNTRY,
                written=question.country,
                values={},
                status=status,
                reason=reason if is_foreign else None,
            ),
        )
    return make_answer(verdict, None, components=components, reasons=(reason,))


def answer_place(
    readings: Sequence[Reading],
    reason: Reason,
    gazetteer: Gazetteer,
    left: tuple[str, ...] = (),
) -> Answer:
    """Return the answer when no street is found: the place that is sure, or nothing.

    `left`: what is told as unresolved when there is no place either.
    """
    readings = sorted(
        readings, key=lambda one: one.cost + _LEFT * (bool(one.street) + len(one.left))
    )
    reading = next((one for one in readings if _find_place(one.claim, gazetteer)), None)
    if reading is None:
        street = readings[0].street if readings else ""
        left = left or ((street,) if street else ())
        return make_answer(Verdict.NOT_FOUND, None, unresolved=left, reasons=(reason,))
    if reading.street and (unknown := find_unknown_place(reading)):
        left = tuple(dict.fromkeys((reading.street, *reading.left, unknown)))
        return make_answer(
            Verdict.NOT_FOUND, None, unresolved=left, reasons=(Reason.NO_SUCH_PLACE,)
        )
    candidates = _find_place(reading.claim, gazetteer)
    components = _make_place_components(reading, candidates[0], gazetteer)
    told = [one.reason for one in components if one.reason is not None]
    if reason is Reason.POST_OFFICE_BOX:
        told.insert(0, reason)
    position = gazetteer.find_middle(candidates[0].municipality)
    return make_answer(
        Verdict.INCOMPLETE if len(candidates) == 1 else Verdict.AMBIGUOUS,
        candidates[0].level,
        position_level=PositionLevel.MUNICIPALITY if position else None,
        position=position,
        candidates=candidates,
        components=components,
        unresolved=tuple(one for one in (reading.street, *reading.left) if one),
        reasons=tuple(dict.fromkeys(told)),
    )


def _find_place(claim: Claim, gazetteer: Gazetteer) -> list[Candidate]:
    covered = gazetteer.list_covered(claim.code)
    named = [one for one in claim.meanings if not covered or one.municipality in covered]
    if covered:
        if not named and gazetteer.is_shared(claim):
            named = list(claim.meanings)
        m = named[0].municipality if named else covered[0]
        return [
            Candidate(level=MatchLevel.POSTAL_INFO, municipality=m, postal_code=f"{claim.code:04d}")
        ]
    best = [one for one in named if one.kind == named[0].kind]
    return [
        Candidate(
            level=MatchLevel.PART if one.parts else MatchLevel.MUNICIPALITY,
            municipality=one.municipality,
            part=min(one.parts, default=0),
            is_former=one.kind is NameKind.FORMER,
        )
        for one in best
    ]


def _make_place_components(
    reading: Reading, candidate: Candidate, gazetteer: Gazetteer
) -> tuple[Component, ...]:
    written = {
        ComponentKind.STREET_NAME: reading.street,
        ComponentKind.HOUSE_NUMBER: reading.house,
        ComponentKind.BOX_NUMBER: reading.box,
    }
    unconfirmed = [
        Component(
            kind=kind,
            written=text,
            values={},
            status=ComponentStatus.UNCONFIRMED,
            reason=Reason.NO_SUCH_STREET if kind is ComponentKind.STREET_NAME else None,
        )
        for kind, text in written.items()
        if text
    ]
    code = candidate.postal_code
    values: Mapping[str, str] = gazetteer.index.municipalities[candidate.municipality].names
    confirmed = ComponentStatus.CONFIRMED
    if code:
        unconfirmed.append(
            Component(
                kind=ComponentKind.POST_CODE,
                written=reading.claim.written_code,
                values={"": code},
                status=confirmed,
            )
        )
    status, why = _judge_name(reading.claim, candidate.municipality, gazetteer)
    unconfirmed.append(
        Component(
            kind=ComponentKind.MUNICIPALITY,
            written=reading.claim.name,
            values=values,
            status=status,
            reason=why,
        )
    )
    return tuple(unconfirmed)


def _judge_name(
    claim: Claim, m: int, gazetteer: Gazetteer
) -> tuple[ComponentStatus, Reason | None]:
    """Return how the name of a place stands to the municipality that is answered."""
    if not claim.name:
        return ComponentStatus.INFERRED, None
    meaning = next((one for one in claim.meanings if one.municipality == m), None)
    if meaning is None and not is_brussels(claim, m, gazetteer):
        return ComponentStatus.REPLACED, Reason.OTHER_MUNICIPALITY
    if meaning is not None and meaning.kind is NameKind.FORMER:
        return ComponentStatus.REPLACED, Reason.FORMER_MUNICIPALITY
    return ComponentStatus.CONFIRMED, None
