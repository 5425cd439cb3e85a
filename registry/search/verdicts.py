"""From what was found to an answer: verdict, components with their reasons, position, score."""

from collections.abc import Iterable, Sequence

from registry.search.answers import (
    Answer,
    Candidate,
    Component,
    ComponentStatus,
    Reason,
    Verdict,
)
from registry.search.components import make_components
from registry.search.findings import Finding, find_unknown_place
from registry.search.index import Standing
from registry.search.place_answers import answer_place, make_answer
from registry.search.places import Gazetteer
from registry.search.positions import find_position
from registry.search.reading import Reading

_MARGIN = 10  # points between two findings that do not tell them apart
_NEARER = 50  # points by which a street's name is clearly nearer
_MOST_COST = 330
_UNLIKE = 150  # of a street whose number is not there either
_FINE = (ComponentStatus.CONFIRMED, ComponentStatus.INFERRED, ComponentStatus.MISSING)


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
    left = tuple(one for one in (*best.reading.left, best.part) if one)
    unknown = find_unknown_place(best.reading)
    if unknown and not any(unknown in one for one in left):
        left = (*left, unknown)
    verdict = _judge(best, candidates, components, left)
    if verdict is Verdict.NOT_FOUND:
        return answer_place(readings, Reason.NO_SUCH_PLACE, gazetteer, left)
    level, position = find_position(best, index)
    return make_answer(
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
    if not is_placed and best.reading.left:
        return Verdict.NOT_FOUND  # what is left may be its place
    if len(candidates) > 1 or (best.number.addresses and find_unknown_place(best.reading)):
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
        nearer = [one for one in ordered if one not in chosen and _is_nearer(one, first)]
        is_exact = nearer and nearer[0].street.cost == 0
        return nearer + chosen if is_exact else chosen + nearer
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
    if find_unknown_place(best.reading):
        reasons.append(Reason.NO_SUCH_PLACE)
    if best.number.is_several:
        reasons.append(Reason.SEVERAL)
    if best.standing >= Standing.RETIRED:
        reasons.append(Reason.GONE if best.standing == Standing.GONE else Reason.RETIRED)
    return tuple(dict.fromkeys(reasons))
