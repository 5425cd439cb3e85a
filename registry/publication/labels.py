"""What objects are called in a preview, by language, as far as it is known."""

LANGUAGES = ("nl", "fr", "de")


def make_code(code: str | None) -> int | str | None:
    """Return a NIS code as the open API has it, a number; what is none as it is."""
    return int(code) if code and len(code) == 5 and code.isdecimal() else code


def make_name(*spelt: str | None) -> dict[str, str]:
    """Return the spellings that there are: of nl, fr and de, in this order."""
    return {lang: text for lang, text in zip(LANGUAGES, spelt, strict=True) if text}


def make_address(
    number: str | None, box: str | None, post_code: str | None, *spelt: str | None
) -> dict[str, str]:
    """Return an address in one line per language that its street is spelt in.

    `spelt` are the names of the street, then of the municipality.
    """
    streets, municipalities = make_name(*spelt[:3]), make_name(*spelt[3:])
    house = "/".join(filter(None, (number, box)))
    labels = {}
    for language, street in streets.items():
        town = municipalities.get(language) or next(iter(municipalities.values()), None)
        line, place = (" ".join(filter(None, two)) for two in ((street, house), (post_code, town)))
        labels[language] = ", ".join(filter(None, (line, place)))
    return labels
