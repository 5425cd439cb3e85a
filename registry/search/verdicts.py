"""From what was found to an answer: verdict, components with their reasons, position, score."""

from collections.abc import Iterable, Mapping, Sequence

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
from registry.search.components import make_components
from registry.search.findings import Finding
from registry.search.index import Standing
from registry.search.places import Claim, Gazetteer
from registry.search.positions import find_position
from registry.search.reading import Reading
from registry.search.scores import find_score, make_bin

HOPELESS = 1_000
_MARGIN = 10  # points between two findings that do not tell them apart
_LEFT = 20
_NEARER = 50  # points by which a street's name is clearly nearer
_MOST_COST = 330
_UNLIKE = 150  # of a street whose number is not there either
_CATEGORIES = {Verdict.EXACT: Category.A, Verdict.CORRECTED: Category.B}
_FINE = (ComponentStatus.CONFIRMED, ComponentStatus.INFERRED, ComponentStatus.MISSING)


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
    return _make_answer(verdict, None, components=components, reasons=(reason,))


def answer_findings(
    findings: list[Finding], readings: Sequence[Reading], gazetteer: Gazetteer
) -> Answer:
    """Return the answer that the best of findings gives, with its equals when there are."""
    chosen = _list_best(findings)
    best = chosen[0]
    if best.cost > _MOST_COST or (not best.number.addresses and best.street.cost >= _UNLIKE):
        return answer_place(readings, Reason.NO_SUCH_STREET, gazetteer)
    index = gazetteer.index
    components = make_components(best, gazetteer)
    candidates = [
        _make_candidate(one, a, gazetteer)
        for one in chosen
        for a in (one.number.addresses or (-1,))
    ]
    left = tuple(one for one in best.reading.left if one)
    verdict = _judge(best, candidates, components, left)
    if verdict is Verdict.NOT_FOUND:
        return _make_answer(verdict, None, unresolved=left, reasons=(Reason.NO_SUCH_PLACE,))
    level, position = find_position(best, index)
    return _make_answer(
        verdict,
        best.number.level,
        position_level=level if position else None,
        position=position,
        candidates=candidates,
        components=components,
        unresolved=left,
        reasons=_collect_reasons(best, components),
    )


def _judge(
    best: Finding,
    candidates: Sequence[Candidate],
    components: Iterable[Component],
    left: tuple[str, ...],
) -> Verdict:
    is_placed = best.reading.claim.code >= 0 or bool(best.reading.claim.meanings)
    if not is_placed and left:
        return Verdict.NOT_FOUND  # what is left may be its place
    if len(candidates) > 1:
        return Verdict.AMBIGUOUS
    if not best.number.addresses:
        return Verdict.INCOMPLETE
    if left or not is_placed or candidates[0].is_former:
        return Verdict.CORRECTED
    is_fine = all(one.status in _FINE for one in components)
    return Verdict.EXACT if is_fine else Verdict.CORRECTED


def _list_best(findings: list[Finding]) -> list[Finding]:
    """Return the best finding and those that are as good, one for each target, in order."""
    if len(findings) == 1:
        return findings
    best: dict[object, Finding] = {}
    for finding in sorted(findings, key=lambda one: one[:5]):
        best.setdefault(finding.target, finding)
    ordered = list(best.values())
    first = ordered[0]
    chosen = [one for one in ordered if one.cost - first.cost < _MARGIN and _is_equal(one, first)]
    if first.number.addresses:
        chosen += [one for one in ordered if one not in chosen and _is_nearer(one, first)]
    return chosen


def _is_equal(one: Finding, first: Finding) -> bool:
    """Whether nothing but order tells two apart: a number that is there beats one that is not."""
    return bool(one.number.addresses) == bool(first.number.addresses)


def _is_nearer(one: Finding, first: Finding) -> bool:
    """Whether a street's name is clearly nearer to what was asked, though its number is not there.

    Then the name may be right and the number wrong: who has the number does not decide it.
    """
    return (
        one.street.cost + _NEARER <= first.street.cost
        and one.reading.house == first.reading.house
        and one.reading.street == first.reading.street
        and one.cost - one.number.cost <= first.cost
    )


def _make_candidate(finding: Finding, a: int, gazetteer: Gazetteer) -> Candidate:
    index = gazetteer.index
    s = finding.street.street
    code = index.addresses.postal_codes[a] if a >= 0 else 0
    if not code:
        first, after = index.streets.first_codes[s], index.streets.first_codes[s + 1]
        code = index.streets.codes[first] if after - first == 1 else 0
    is_gone = finding.standing >= Standing.RETIRED
    public_id = index.make_address_id(a) if a >= 0 and is_gone else index.streets.public_ids[s]
    return Candidate(
        level=finding.number.level,
        municipality=index.streets.municipalities[s],
        postal_code=f"{code:04d}" if code else "",
        part=index.addresses.parts[a] if a >= 0 else 0,
        street=s,
        address=a,
        is_former=finding.is_former or is_gone,
        successors=tuple(index.successors.get(public_id, ())) if is_gone else (),
    )


def _collect_reasons(best: Finding, components: Iterable[Component]) -> tuple[Reason, ...]:
    reasons = [one.reason for one in components if one.reason is not None]
    if best.number.is_several:
        reasons.append(Reason.SEVERAL)
    if best.standing >= Standing.RETIRED:
        reasons.append(Reason.GONE if best.standing == Standing.GONE else Reason.RETIRED)
    return tuple(dict.fromkeys(reasons))


def answer_place(readings: Sequence[Reading], reason: Reason, gazetteer: Gazetteer) -> Answer:
    """Return the answer when no street is found: the place that is sure, or nothing."""
    readings = sorted(
        readings, key=lambda one: one.cost + _LEFT * (bool(one.street) + len(one.left))
    )
    reading = next((one for one in readings if _find_place(one.claim, gazetteer)), None)
    if reading is None:
        street = readings[0].street if readings else ""
        return _make_answer(
            Verdict.NOT_FOUND, None, unresolved=(street,) if street else (), reasons=(reason,)
        )
    claim = reading.claim
    candidates = _find_place(claim, gazetteer)
    is_asked = bool(reading.street)
    reasons = (reason,) if is_asked or reason is Reason.POST_OFFICE_BOX else ()
    position = gazetteer.find_middle(candidates[0].municipality)
    return _make_answer(
        Verdict.INCOMPLETE if len(candidates) == 1 else Verdict.AMBIGUOUS,
        candidates[0].level,
        position_level=PositionLevel.MUNICIPALITY if position else None,
        position=position,
        candidates=candidates,
        components=_make_place_components(reading, candidates[0], gazetteer),
        unresolved=tuple(one for one in (reading.street, *reading.left) if one),
        reasons=reasons,
    )


def _find_place(claim: Claim, gazetteer: Gazetteer) -> list[Candidate]:
    covered = gazetteer.list_covered(claim.code)
    named = [one for one in claim.meanings if not covered or one.municipality in covered]
    if covered:
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
    status = confirmed if reading.claim.name else ComponentStatus.INFERRED
    unconfirmed.append(
        Component(
            kind=ComponentKind.MUNICIPALITY,
            written=reading.claim.name,
            values=values,
            status=status,
        )
    )
    return tuple(unconfirmed)


def _make_answer(
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
