"""What the database refuses, in the words of the officer who wanted it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from registry.domain.errors import InputRefused

WORDS = {
    "private_partner": "A private partner never receives a link, in whatever form.",
    "kind_not_of_sector": "A kind is unknown, named twice, or not of the sector.",
    "domain_not_of_kind": "A kind may not be asked for in that domain at all.",
    "category_for_natural_persons": "Links of natural persons are for public authorities and for"
    " private organisations with a mission by law; this organisation is neither.",
    "disclosure_not_of_direction": "From address to subject goes verify, reference or pairwise;"
    " from subject to address verify or address.",
    "addresses_need_a_dossier": "Disclosure of addresses needs requiresDossier and no territory.",
    "value_out_of_range": "A value is out of its range or not one of its codes.",
    "newer_version_exists": "A newer version exists; read it first.",
    "approval_incomplete": "The approval lacks its officer, moment or signature.",
    "not_narrower": "One officer may only narrow what is in force; a widening is proposed as a new"
    " version and approved by another officer.",
    "nothing_to_narrow": "Nothing of that name is in force that could be narrowed.",
    "four_eyes": "Whoever proposed it cannot approve it, from whatever account.",
    "approver_of_same_organisation": "For links of natural persons the approver is an officer of"
    " another organisation than the proposer.",
    "standstill_too_short": "It cannot hold before ten working days have passed.",
    "id_of_another_organisation": "A deliberation of this id belongs to another organisation.",
    "not_proposed": "There is no such proposal, or it was decided already.",
    "approval_not_now": "The moment that was signed is not the present one; approve again.",
    "never_altered": "What was approved is never altered.",
    "advice_missing": "The advice of the data protection officer is not attached.",
    "nothing_to_stop": "There is nothing of that name that could be stopped.",
    "officer_unknown": "There is no active officer of that name.",
    "client_of_another_or_stopped": "That client belongs to another organisation or was stopped.",
    "key_of_another": "Another organisation's client has that key: each makes its own.",
    "nothing_of_that_name": "There is nothing of that name and status.",
}
"""By the message of SQLSTATE LK4xx, objects/govern.v1.sql."""


@contextmanager
def in_words() -> Iterator[None]:
    """Turn a refusal of the database into InputRefused; other errors pass."""
    try:
        yield
    except psycopg.Error as error:
        code = error.diag.message_primary or ""
        if code in WORDS:
            raise InputRefused(WORDS[code]) from None
        if isinstance(error, psycopg.errors.UniqueViolation):
            raise InputRefused("It is registered already: `list` shows what there is.") from None
        if isinstance(error, psycopg.errors.ForeignKeyViolation):
            raise InputRefused("The organisation or officer is not registered.") from None
        if isinstance(error, psycopg.errors.IntegrityError):
            raise InputRefused("The values contradict each other: see the documentation.") from None
        raise
