"""Files that somebody else publishes through this server: a directory, read as it is."""

import asyncio
import re
from hashlib import blake2b
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.negotiation import read_header
from api.problems import NOT_FOUND, Problem
from api.services import get_services

router = APIRouter(include_in_schema=False)

# No part begins with a dot: neither `..` nor drafts of files that are being written.
_PATH = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}/){0,3}[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_NEVER_CHANGES = re.compile(r"checkpoints/[0-9]+")
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/transparency/{path:path}")
async def get_published(request: Request, path: str) -> Response:
    """Send a file of BEST_PUBLISHED_FILES; where that is not set there is none."""
    content = await asyncio.to_thread(read_published, get_services(request).options.published, path)
    if content is None:
        raise Problem(type=NOT_FOUND, detail="No file is published at this path.")
    tag = f'"{blake2b(content, digest_size=12).hexdigest()}"'
    headers = {
        "ETag": f"W/{tag}",
        "Cache-Control": _FOR_EVER if _NEVER_CHANGES.fullmatch(path) else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    known = read_header(request.scope, b"if-none-match").split(",")
    if any(one.strip().removeprefix("W/") in {tag, "*"} for one in known):
        return Response(status_code=304, headers=headers)
    media_type = "application/json" if path.endswith(".json") else "text/plain"
    return Response(content, headers=headers, media_type=media_type)


def read_published(root: Path | None, path: str) -> bytes | None:
    """Return the content of a file below `root`, and of none that is only reached from there."""
    if root is None or not _PATH.fullmatch(path):
        return None
    try:
        file = (root / path).resolve()
        is_ours = file.is_relative_to(root.resolve()) and file.is_file()
        return file.read_bytes() if is_ours else None
    except OSError:
        return None
