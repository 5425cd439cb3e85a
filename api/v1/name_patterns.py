"""Names as people ask for them: whole, how they begin (`kerk*`), or a part (`*kerk*`)."""

from api.problems import Issue, make_bad_request
from registry.normalization.text import fold
from registry.store.reading.named_objects import NameMatch, NamePattern


def read_name_pattern(text: str | None, *, parameter: str) -> NamePattern | None:
    """Return what a name asks for, None when it was not given.

    Stars alone and a star with parts of a name on both sides are a bad request.
    """
    if text is None:
        return None
    given, folded = text.strip(), fold(text)
    parts = [part for part in map(fold, given.split("*")) if part]
    if "*" in given and len(parts) != 1:
        detail = (
            f"{parameter} has a star in the middle. Stars go before or after one part of a name:"
            f" {parts[0]}* or *{parts[-1]}*."
            if parts
            else f"{parameter} has no letter or digit besides its stars."
        )
        issue = Issue(name=parameter, kind="schemaViolation", detail=detail, value=text)
        raise make_bad_request([issue])
    if given.startswith("*"):
        return NamePattern(text=folded, match=NameMatch.PART)
    if given.endswith("*"):
        return NamePattern(text=folded, match=NameMatch.START)
    return NamePattern(text=folded)
