"""The newest migration, known without loading alembic: a ready register must answer at once."""

from typing import Final

HEAD: Final = "0006"
