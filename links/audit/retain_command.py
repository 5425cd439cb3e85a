"""./best links retain: what the clerk does each day, now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from links.clerk import retain
from links.store.connections import LinksRole, connect

if TYPE_CHECKING:
    import argparse

    from links.settings import LinksSettings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare no options: what is due is decided by law and by links/domain/kinds.toml."""
    parser.description = "Remove records of more than ten years ago, and links that ended."


def run(_: argparse.Namespace, settings: LinksSettings) -> int:
    """Let go and say of what."""
    with connect(settings, LinksRole.AUDIT, autocommit=True) as connection:
        months, links = retain(connection, settings)
    print(f"Records dropped of: {', '.join(months) or 'no month'}. Ended links dropped: {links:,}.")
    return 0
