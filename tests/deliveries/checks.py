"""Files put to the check, as the worker and `./best check` do."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from importers.checking.check import Check, CheckRequest, check_files
from registry.domain.region import Region
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings
    from tests.database.editions import Edition


def check(
    settings: Settings, path: Path, region: Region = Region.BRUSSELS, **declared: Any
) -> Check:
    """Check a file; its documents come back as they would from the database."""
    request = CheckRequest(path=path, region=region, **declared)
    with connect(settings, Role.IMPORTER, autocommit=True) as connection:
        made = check_files(connection, settings, request, lambda _: None)
    for document in (made.report, made.preview, made.shape):
        assert json.loads(json.dumps(document)) == document
        assert str(path.parent) not in json.dumps(document)  # it is ours, not the owner's
    return made


def write_zip(path: Path, *editions: Edition) -> Path:
    """Write editions as one delivery."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for edition in editions:
            for name, xml in edition.write_files().items():
                archive.writestr(name, xml)
    return path


def list_rejections(made: Check) -> list[str]:
    assert (made.verdict == "rejected") == bool(made.report["rejections"])
    return [each["ruleId"] for each in made.report["rejections"]]


def assert_told(made: Check, rejection: str, *parts: str) -> None:
    """Look for one rejection: its words in four languages, and its detail."""
    assert list_rejections(made) == [rejection]
    (told,) = made.report["rejections"]
    for text in ("title", "explanation", "mending"):
        assert all(told[text][language] for language in ("nl", "fr", "de", "en"))
    for part in parts:
        assert part in told["detail"]


def find_rule(made: Check, rule_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {each["ruleId"]: each for each in made.report["rules"]}
    return dict(found[rule_id])
