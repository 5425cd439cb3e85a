"""`demo`: five scenes with people who cannot exist, on servers that are thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from links.demo.cast import gather
from links.demo.scenes import SCENES
from links.demo.stage import set_stage
from links.progress import step

if TYPE_CHECKING:
    import argparse

    from links.settings import LinksSettings


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `demo` accepts."""
    parser.description = (
        "Start a register with its sample and a wall, play five scenes, prove the record, and"
        " throw everything away. Nothing of yours is read or changed."
    )


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:  # noqa: ARG001 - one shape
    """Play; a scene that does not go as it says ends in an error."""
    with set_stage() as stage:
        with step("Registering organisations, granting rights, loading links"):
            cast = gather(stage)
        for number, (title, play) in enumerate(SCENES.items(), start=1):
            print(f"\n{number}. {title}")
            for line in play(stage, cast):
                print(f"   {line}")
        print("\nThe record of all this, verified:")
        print("   " + stage.run("verify").replace("\n", "\n   "))
    return 0
