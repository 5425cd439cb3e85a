"""What the fields for the place say: postal code and municipality, each as people fill it in."""

import re

from registry.normalization.post_code import normalize_post_code
from registry.search.answers import Question
from registry.search.places import Claim, Gazetteer, Meaning
from registry.search.reading_noise import drop_noise
from registry.search.reading_places import EDGES, SEPARATOR, PlaceReading, list_places

_DISTRICT = re.compile(r"\d{1,2}")  # Liège 1


def read_fields(question: Question, gazetteer: Gazetteer) -> PlaceReading:
    """Return what the fields for the place say: each may hold the other's. `rest`: left over."""
    code = normalize_post_code(question.postal_code)
    name, noise = drop_noise(question.municipality) if question.municipality else ("", ())
    if code is None:
        both = f"{question.postal_code} {name}".strip()
        best = next(iter(list_places(both, gazetteer)), None)
        if best is None or best.claim.code < 0:
            best = _read_name(both, -1, "", gazetteer)
    else:
        name = " ".join(SEPARATOR.split(name.replace(code, "").strip(EDGES)))
        best = _read_name(name, int(code), question.postal_code, gazetteer)
    rest = best.rest.strip(EDGES)
    if _DISTRICT.fullmatch(rest):
        rest = ""
    elif meanings := gazetteer.find(rest):  # CHENEE (CHAUDFONTAINE)
        best = best._replace(claim=_widen(best.claim, meanings))
        rest = ""
    return best._replace(rest=" ".join((rest, *noise)).strip())


def _widen(claim: Claim, others: tuple[Meaning, ...]) -> Claim:
    """Return a claim with what a second name of the place means: both, or else either."""
    known = {one.municipality for one in claim.meanings}
    both = tuple(one for one in others if one.municipality in known)
    return claim._replace(meanings=both or (*claim.meanings, *others))


def _read_name(name: str, code: int, written: str, gazetteer: Gazetteer) -> PlaceReading:
    if not name:
        return PlaceReading(0, Claim(code, written), "")
    if meanings := gazetteer.find(name):
        return PlaceReading(0, Claim(code, written, name, meanings), "")
    for reading in list_places(name, gazetteer):
        if reading.claim.meanings and reading.claim.code < 0:
            claim = reading.claim._replace(code=code, written_code=written)
            return PlaceReading(0, claim, reading.rest)
    meanings, edits = gazetteer.find_near(name, code) if gazetteer.list_covered(code) else ((), 0)
    if not meanings:
        meanings, edits = gazetteer.find_near(name)
    return PlaceReading(0, Claim(code, written, name, meanings, edits), "")


def join_claims(field: Claim, text: Claim) -> tuple[Claim, tuple[str, ...]]:
    """Return what fields say of the place, a text what they leave open, and what contradicts."""
    is_other = field.name and text.name and not _share(field.meanings, text.meanings)
    left = [text.name] if is_other else []
    if field.code < 0 and not is_other:
        field = field._replace(code=text.code, written_code=text.written_code)
    elif text.code >= 0 and text.code != field.code:
        left.append(text.written_code)
    if not field.name:
        field = field._replace(name=text.name, meanings=text.meanings, edits=text.edits)
    return field, tuple(left)


def _share(some: tuple[Meaning, ...], others: tuple[Meaning, ...]) -> bool:
    return not {one.municipality for one in some}.isdisjoint(one.municipality for one in others)
