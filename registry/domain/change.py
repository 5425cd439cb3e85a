"""The one list of words for what an import did to an object."""

from enum import StrEnum


class Change(StrEnum):
    """What happened to one object in one release.

    retired: its status became retired (or rejected); removed: absent from a full file;
    restored: back after either; reversioned: only the version identifier differs.
    """

    ADDED = "added"
    ALTERED = "altered"
    REVERSIONED = "reversioned"
    RETIRED = "retired"
    REMOVED = "removed"
    RESTORED = "restored"


ENDED_STATUSES = ("archived", "rejected", "retired")
"""Statuses under which an address is no longer in use (BeSt, Flanders, older files)."""
