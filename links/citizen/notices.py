"""The message that tells somebody of a consultation, such as for the eBox: text, no mark-up."""

from dataclasses import dataclass

from links.citizen.texts import TEXTS, format_moment
from links.citizen.usages import Urls, Usage, name_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to the person concerned."""

    language: str
    title: str
    body: str


def make_notice(usage: Usage, language: str, urls: Urls) -> Notice:
    """Write the message about one visible consultation in nl, fr, de or en."""
    texts = TEXTS[language]["notice"]
    body = texts["body"].format(
        moment=format_moment(usage.at, language),
        organisation=f"{usage.organisation_name} ({usage.organisation})",
        source=usage.source_name or usage.source,
        category=name_kind(usage.kind, language),
        deliberation=f"{usage.deliberation}, {usage.basis}",
        purpose=" / ".join(text for _, text in usage.list_purposes(language)),
        contact=usage.contact,
        complaint=urls.make_complaint(usage.reference),
        home=f"{urls.citizen}/",
    )
    title = texts["title"].format(organisation=usage.organisation_name)
    return Notice(language=language, title=title, body=body.strip())
