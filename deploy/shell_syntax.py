"""Checks that our shell scripts parse; `sh` is dash on Debian, so a bashism is an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Parse every script; 1 when one does not."""
    scripts = [CHECKOUT / "best", *sorted((CHECKOUT / "deploy").glob("*.sh"))]
    codes = [
        subprocess.run(["sh", "-n", str(script)], check=False).returncode for script in scripts
    ]
    codes.append(subprocess.run(["bash", "-n", str(CHECKOUT / ".ci/run")], check=False).returncode)
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
