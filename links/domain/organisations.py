"""Who may be granted links."""

from collections.abc import Iterable
from enum import StrEnum

from links.domain.kinds import KINDS


class Category(StrEnum):
    """What an organisation is in law."""

    PUBLIC_AUTHORITY = "public_authority"
    PRIVATE_LEGAL_MISSION = "private_legal_mission"
    PRIVATE_PARTNER = "private_partner"
    SOURCE = "source"
    AUDITOR = "auditor"


NOT_PARTNERS = frozenset(Category) - {Category.PRIVATE_PARTNER}
OF_NATURAL_PERSONS = frozenset({Category.PUBLIC_AUTHORITY, Category.PRIVATE_LEGAL_MISSION})


def may_receive(category: str, kinds: Iterable[str]) -> bool:
    """No link ever for a private partner; of natural persons only where a law gives a mission.

    An unknown kind raises KeyError: it is nobody's to receive.
    """
    if any([KINDS[kind].natural_person for kind in kinds]):  # noqa: C419 - all must be known
        return category in OF_NATURAL_PERSONS
    return category in NOT_PARTNERS
