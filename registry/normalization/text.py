"""Text as it is compared: the same for data and for questions."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ĳ": "ij", "ø": "o", "ł": "l"})
_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return the comparison key of a name: no case, no accents, punctuation as one space.

    `fold("Rue de l'Église") == "rue de l eglise"`. Idempotent and total.
    """
    if text.isascii():
        return _NOT_WORD.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKD", text.casefold())
    stripped = "".join(c for c in plain if not unicodedata.combining(c))
    # Ligatures last: some appear only when their accent has gone (ǽ).
    return _NOT_WORD.sub(" ", stripped.casefold().translate(_LIGATURES)).strip()
