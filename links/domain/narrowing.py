"""Which deliberation allows no more than another: only that may be decided at once by one."""

from dataclasses import fields
from datetime import date

from links.domain.deliberation import DISCLOSURES, Content, Visibility

LIMITS = (
    "history_days",
    "max_per_answer",
    "quota_hour",
    "quota_day",
    "quota_addresses_day",
    "protected_ok",
    "defer_days",
)
"""Less is narrower."""

_MAY_DIFFER = {
    *LIMITS,
    *("version", "disclosure", "kinds", "fields", "territory", "valid_from", "valid_to"),
    *("requires_dossier", "citizen_visibility", "combines"),
}
_MUST_AGREE = tuple(f.name for f in fields(Content) if f.name not in _MAY_DIFFER)


def is_narrower(wide: Content, narrow: Content) -> bool:
    """Whether `narrow` allows nothing that `wide` does not: a partial order; equal is narrower.

    links.is_narrower says the same.
    """
    return (
        all(getattr(wide, name) == getattr(narrow, name) for name in _MUST_AGREE)
        and all(getattr(narrow, name) <= getattr(wide, name) for name in LIMITS)
        and _is_smaller_disclosure(wide, narrow)
        and set(narrow.kinds) <= set(wide.kinds)
        and set(narrow.fields) <= set(wide.fields)
        and set(narrow.combines) <= set(wide.combines)
        and _is_within(wide.territory, narrow.territory)
        and _is_shorter(wide, narrow)
        and narrow.requires_dossier >= wide.requires_dossier
        and _is_as_visible(wide, narrow)
    )


def _is_smaller_disclosure(wide: Content, narrow: Content) -> bool:
    order = DISCLOSURES[wide.direction]
    if wide.disclosure not in order or narrow.disclosure not in order:
        return wide.disclosure == narrow.disclosure
    return order.index(narrow.disclosure) <= order.index(wide.disclosure)


def _is_within(wide: tuple[str, ...] | None, narrow: tuple[str, ...] | None) -> bool:
    return wide is None or (narrow is not None and set(narrow) <= set(wide))


def _is_shorter(wide: Content, narrow: Content) -> bool:
    last = date.max
    return narrow.valid_from >= wide.valid_from and (narrow.valid_to or last) <= (
        wide.valid_to or last
    )


def _is_as_visible(wide: Content, narrow: Content) -> bool:
    order = tuple(Visibility)
    return order.index(narrow.citizen_visibility) <= order.index(wide.citizen_visibility)
