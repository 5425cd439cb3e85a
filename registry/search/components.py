"""The components of an answer: as written, as the register has them, and what was done to them."""

import re

from registry.normalization.languages import list_languages
from registry.normalization.places import make_place_key
from registry.search.answers import Component, ComponentKind, ComponentStatus, MatchLevel, Reason
from registry.search.findings import Finding, is_brussels
from registry.search.index import SearchIndex
from registry.search.labels import list_street_names
from registry.search.places import Claim, Gazetteer, NameKind

_CONFIRMED, _CORRECTED = ComponentStatus.CONFIRMED, ComponentStatus.CORRECTED
_OF_REASON = {
    None: _CONFIRMED,
    Reason.FORMER_NAME: ComponentStatus.REPLACED,
    Reason.NO_SUCH_NUMBER: ComponentStatus.UNCONFIRMED,
    Reason.NO_SUCH_BOX: ComponentStatus.UNCONFIRMED,
    Reason.NO_NUMBER: ComponentStatus.MISSING,
}
_END = re.compile(r"\w+$")  # 16/999
_OF_KIND = {
    NameKind.OWN: (_CONFIRMED, None),
    NameKind.POSTAL: (_CONFIRMED, Reason.POSTAL_NAME),
    NameKind.PART: (_CONFIRMED, Reason.PART_OF_MUNICIPALITY),
    NameKind.FORMER: (ComponentStatus.REPLACED, Reason.FORMER_MUNICIPALITY),
}


def make_components(best: Finding, gazetteer: Gazetteer) -> tuple[Component, ...]:
    """Return the components of what was found; a box only when one was asked or is there."""
    index, reading = gazetteer.index, best.reading
    s = best.street.street
    a = best.number.addresses[0] if best.number.addresses else -1
    reason = best.street.reason
    street = Component(
        kind=ComponentKind.STREET_NAME,
        written=reading.street,
        values=list_street_names(index, s),
        status=_OF_REASON.get(reason, _CORRECTED),
        reason=reason,
    )
    reason = best.number.house_reason
    house = Component(
        kind=ComponentKind.HOUSE_NUMBER,
        written=reading.house,
        values={"": index.numbers.house_labels[index.addresses.house_labels[a]]} if a >= 0 else {},
        status=_OF_REASON.get(reason, _CORRECTED),
        reason=reason,
    )
    place = _make_code(best, a, gazetteer), _make_municipality(reading.claim, s, gazetteer)
    is_box = best.number.level is MatchLevel.BOX or best.number.box_reason is Reason.NO_SUCH_BOX
    if reading.box or is_box:
        return street, house, _make_box(best, a, index), *place
    return street, house, *place


def _make_box(best: Finding, a: int, index: SearchIndex) -> Component:
    is_found = best.number.level is MatchLevel.BOX
    reason = best.number.box_reason
    if not is_found and reason is None and best.reading.box:
        reason = best.number.house_reason  # went with the number that is not there
        is_building = best.number.level is MatchLevel.BUILDING
        if is_building and reason is not Reason.BOX_IN_NUMBER:
            reason = Reason.NO_SUCH_BOX
    end = _END.search(best.reading.house) if reason is Reason.NO_SUCH_BOX else None
    return Component(
        kind=ComponentKind.BOX_NUMBER,
        written=best.reading.box or (end[0] if end else ""),
        values={"": index.numbers.box_labels[index.addresses.box_labels[a]]} if is_found else {},
        status=_OF_REASON.get(reason, _CORRECTED),
        reason=reason,
    )


def _make_code(best: Finding, a: int, gazetteer: Gazetteer) -> Component:
    index, claim = gazetteer.index, best.reading.claim
    columns, s = index.streets, best.street.street
    code = index.addresses.postal_codes[a] if a >= 0 else 0
    reason = None
    if not code:
        codes = columns.codes[columns.first_codes[s] : columns.first_codes[s + 1]]
        code = claim.code if claim.code in codes else codes[0] if len(codes) == 1 else 0
    if claim.code < 0:
        status = ComponentStatus.INFERRED if code else ComponentStatus.MISSING
    elif code == claim.code:
        status = _CONFIRMED
    elif code:
        status, reason = ComponentStatus.REPLACED, Reason.OTHER_POST_CODE
    else:
        status = ComponentStatus.UNCONFIRMED
    return Component(
        kind=ComponentKind.POST_CODE,
        written=claim.written_code,
        values={"": f"{code:04d}"} if code else {},
        status=status,
        reason=reason,
    )


def _make_municipality(claim: Claim, s: int, gazetteer: Gazetteer) -> Component:
    m = gazetteer.index.streets.municipalities[s]
    reason: Reason | None = None
    meaning = next((one for one in claim.meanings if one.municipality == m), None)
    if not claim.name:
        status = ComponentStatus.INFERRED
    elif meaning is None:
        if is_brussels(claim, m, gazetteer):
            status, reason = _CONFIRMED, Reason.POSTAL_NAME
        else:
            status, reason = ComponentStatus.REPLACED, Reason.OTHER_MUNICIPALITY
    elif claim.edits:
        status, reason = _CORRECTED, Reason.SPELLING
    else:
        status, reason = _OF_KIND[meaning.kind]
        if meaning.kind is NameKind.OWN and not _is_official(claim.name, m, gazetteer.index):
            reason = Reason.OTHER_LANGUAGE
    return Component(
        kind=ComponentKind.MUNICIPALITY,
        written=claim.name,
        values=gazetteer.index.municipalities[m].names,
        status=status,
        reason=reason,
    )


def _is_official(name: str, m: int, index: SearchIndex) -> bool:
    """Whether a name of a municipality is in a language of the place: Luik is none of Liège's."""
    names, key = index.municipalities[m].names, make_place_key(name)
    languages = list_languages(index.municipalities[m].nis_code)
    return any(make_place_key(names[one]) == key for one in languages if one in names)
