import re
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from deploy.migrations import make_alembic_configuration
from registry.settings import Settings
from registry.store.schema_version import HEAD

CHECKOUT = Path(__file__).resolve().parent.parent.parent
LOCKS = [
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-uv.txt",
    "requirements-bench.txt",
    "requirements-addok.txt",
]


def read_pins(name: str) -> set[str]:
    text = (CHECKOUT / "deploy" / name).read_text()
    return set(re.findall(r"^[a-z0-9][^\s\\]*", text, flags=re.MULTILINE))


def test_dev_lock_holds_the_core_lock_exactly() -> None:
    core = read_pins("requirements.txt")
    assert len(core) > 20
    assert core <= read_pins("requirements-dev.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_host(name: str) -> None:
    assert "://" not in (CHECKOUT / "deploy" / name).read_text()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", (CHECKOUT / "deploy" / name).read_text())
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_head_is_the_newest_migration() -> None:
    configuration = make_alembic_configuration(Settings(home=Path("/nonexistent")))
    assert ScriptDirectory.from_config(configuration).get_current_head() == HEAD


def test_migrations_do_not_hide_the_alembic_library() -> None:
    assert list((CHECKOUT / "alembic").rglob("__init__.py")) == []
