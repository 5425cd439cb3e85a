"""What is installed where, and how the wall is started, looked at and stopped."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from deploy.private_database import connect_as_superuser as connect_to_register
from links.operations import drift
from links.operations.cluster import is_alive
from links.operations.doctor import list_checks
from links.operations.leftovers import find_processes
from links.operations.processes import PROGRAMS, check_ports
from links.operations.throwaway import throwaway_home
from links.settings import DEFAULT_USERS, LinksSettings
from links.store.connections import connect_as_superuser
from registry.domain.errors import EnvironmentProblem
from tests.links.running import (
    CHECKOUT,
    assert_all_ended,
    find_programs,
    make_environment,
    run_links,
    running_up,
    wait_until,
)

if TYPE_CHECKING:
    from registry.settings import Settings

OF_THE_WALL = ("stdnum", "python-stdnum", "rfc8785")
"""Packages that nothing else needs; the agencies' door has signatures of its own."""
BORROWED = dict(zip(DEFAULT_USERS, ("daemon", "bin", "games", "man", "mail", "news"), strict=True))
"""System users that every Debian has, in the place of those that `up` would make."""


# ---------------------------------------------------------------- the public installation


def copy_public_installation(place: Path) -> Path:
    """What deploy/Containerfile copies, and no more."""
    text = (CHECKOUT / "deploy" / "Containerfile").read_text()
    lines = re.findall(r"^(?:COPY|ADD) (.*)$", text, re.MULTILINE)
    assert lines
    for *names, target in map(str.split, lines):
        for name in names:
            source = CHECKOUT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, place / target, ignore=ignored, dirs_exist_ok=True)
            else:
                shutil.copy2(source, place / target)
    return place


def test_63_a_public_installation_holds_nothing_of_the_wall(
    tmp_path: Path, register: Settings
) -> None:
    tree = copy_public_installation(tmp_path)
    files = [path.relative_to(tree) for path in tree.rglob("*") if path.is_file()]
    assert len(files) > 300
    assert [path for path in files if "links" in path.parts] == []
    for path in files:
        text = (tree / path).read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"^\s*(?:from|import) links\b", text, re.MULTILINE), path
        assert not re.search(r"\blinks_(?:api|ingest|govern|citizen|audit|owner)\b", text), path
        assert not re.search(r"BEGIN [A-Z ]*PRIVATE KEY|subj_ref|keyring\.json", text), path
    core = (tree / "deploy" / "requirements.txt").read_text()
    for package in OF_THE_WALL:
        assert not re.search(rf"^{package}==", core, re.MULTILINE), package
    document = build_public_openapi(tree)
    paths = json.loads((CHECKOUT / "links" / "api" / "openapi.json").read_text())["paths"]
    assert {"/v1/verify", "/v1/subjects"} <= set(paths)
    asked = [path for path, methods in paths.items() if "post" in methods]
    assert [path for path in asked if "post" in document["paths"].get(path, {})] == []
    words = re.compile(r"\b(?:deliberations?|ssin|pseudonyms?|residents?|subjRef)\b", re.IGNORECASE)
    assert words.findall(json.dumps(document)) == []
    with connect_to_register(register.home, register.database_name) as connection:
        names = connection.execute(
            "select nspname::text from pg_namespace union all select relname::text from pg_class"
            " union all select rolname::text from pg_roles"
            " union all select attname::text from pg_attribute"
        ).fetchall()
    wrong = re.compile(r"^links(?:_|$)|subj_ref|addr_ref|deliberation")
    assert [name for (name,) in names if wrong.search(name)] == []


def build_public_openapi(tree: Path) -> dict[str, dict[str, object]]:
    """Load every command and the API from `tree`, where the wall's packages cannot be found."""
    program = (
        "import importlib, json, sys\n"
        f"for name in {('links', *OF_THE_WALL)!r}: sys.modules[name] = None\n"
        "from deploy.__main__ import COMMANDS\n"
        "for module in COMMANDS.values(): importlib.import_module(module)\n"
        "import pathlib, api.app\n"
        "from registry.settings import Settings\n"
        "app = api.app.make_app(Settings(home=pathlib.Path('/nonexistent')), base_url='http://x')\n"
        "print(json.dumps(app.openapi()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tree,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, dict[str, object]] = json.loads(done.stdout)
    return document


def test_a_public_installation_says_that_it_has_no_wall(tmp_path: Path) -> None:
    tree = copy_public_installation(tmp_path)
    for words in (["links", "up"], ["bench", "links"]):
        done = subprocess.run([tree / "best", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "public installation" in done.stderr


# ---------------------------------------------------------------- what it is installed from


def read_lock() -> list[str]:
    text = (CHECKOUT / "links" / "requirements.txt").read_text()
    return [block for block in re.split(r"\n(?=\S)", text.strip()) if not block.startswith("#")]


def test_78_a_package_that_was_swapped_is_not_installed(tmp_path: Path) -> None:
    """Offline nothing can be asked about known flaws: what holds is that bytes are those chosen."""
    blocks = read_lock()
    assert len(blocks) > 20
    for block in blocks:
        first, *hashes = block.replace("\\\n", "").split("--hash=")
        assert re.match(r"^[a-z0-9-]+(?:\[[a-z,]+\])?==[\w.]+(?: ;|\s|$)", first), first
        assert hashes, first
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest.strip()) for digest in hashes), first
    assert "://" not in "".join(blocks)
    best = (CHECKOUT / "best").read_text()
    for name in ("install_with_uv", "install_with_pip"):
        body = best.partition(f"{name}() {{")[2].partition("\n}")[0]
        installs = re.findall(r"pip (?:install|sync) (?:\\\n|.)*", body)
        assert installs
        assert all("--require-hashes" in one and "--only-binary" in one for one in installs), name
    wheel = make_wheel(tmp_path)
    honest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert install(tmp_path, honest) == [0, 0]
    with zipfile.ZipFile(wheel, "a") as archive:  # somebody puts another file in its place
        archive.writestr("planted.py", "print('planted')")
    assert 0 not in install(tmp_path, honest)
    assert not list(tmp_path.rglob("target-*/planted.py"))


def make_wheel(place: Path) -> Path:
    """A package of one line."""
    path = place / "pinned-1.0-py3-none-any.whl"
    files = {
        "pinned.py": "VALUE = 1\n",
        "pinned-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: pinned\nVersion: 1.0\n",
        "pinned-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = [
        f"{name},sha256="
        + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        + f",{len(text)}"
        for name, text in files.items()
    ]
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr("pinned-1.0.dist-info/RECORD", "\n".join([*record, ""]))
    return path


def install(place: Path, digest: str) -> list[int]:
    """Install by both programs that ./best uses; their exit codes."""
    lock = place / "lock.txt"
    lock.write_text(f"pinned==1.0 --hash=sha256:{digest}\n")
    options = ["--no-index", "--find-links", str(place), "--require-hashes", "--no-deps"]
    codes = []
    for number, program in enumerate(([sys.executable, "-m", "pip"], [find_uv(), "pip"])):
        target = place / f"target-{number}"
        shutil.rmtree(target, ignore_errors=True)
        command = [*program, "install", "-q", *options, "--target", str(target), "-r", str(lock)]
        command += ["--no-cache-dir" if number == 0 else "--no-cache"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place)
        codes.append(done.returncode)
        assert done.returncode == 0 or "hash" in done.stderr.lower(), done.stderr
    return codes


def find_uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def test_the_lock_holds_all_that_is_imported() -> None:
    imported = set()
    for path in (CHECKOUT / "links").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"links", "registry", "geo", "__future__"}
    named = {"stdnum": "python-stdnum", "psycopg_pool": "psycopg-pool"}
    locked = {re.split(r"[=\[]", block)[0] for block in read_lock()}
    assert {"psycopg", "cryptography"} <= foreign
    assert {named.get(name, name) for name in foreign} - locked == set()


# ---------------------------------------------------------------- up, doctor, down


def doctor(environment: dict[str, str]) -> tuple[int, dict[str, dict[str, str]]]:
    done = run_links(environment, "doctor", "--json")
    assert done.stdout, done.stderr
    return done.returncode, {check["name"]: check for check in json.loads(done.stdout)}


def test_up_doctor_and_down(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with throwaway_home() as settings:
        environment = make_environment(settings, "none")
        code, checks = doctor(environment)
        assert (code, checks["database"]["verdict"]) == (3, "fail")
        with running_up(environment, log) as up:
            programs = find_programs(up)
            assert set(programs) == {program.module for program in PROGRAMS}
            code, checks = doctor(environment)
            assert code == 0, checks
            assert "one uid is no wall" in checks["users"]["found"]
            _, misspelt = doctor(environment | {"BEST_LINKS_PROT": "1"})
            assert (checks["variables"]["verdict"], misspelt["variables"]["verdict"]) == (
                "ok",
                "warn",
            )
            second = run_links(environment, "up")
            assert (second.returncode, "runs already" in second.stderr) == (3, True)
            check_that_doctor_sees_defects(settings, environment)
            os.kill(programs["links.keys"], signal.SIGKILL)
            assert up.wait(timeout=30) == 3
            assert_all_ended(settings, programs)
        assert "keys ended by itself" in log.read_text()
        with running_up(environment, log) as up:
            programs = find_programs(up)
            server = (settings.data / "postmaster.pid").read_text().splitlines()[0]
            os.kill(int(server), signal.SIGKILL)
            assert up.wait(timeout=30) == 3
            assert_all_ended(settings, programs)
            assert find_processes(settings.data) == []
        assert "database ended by itself" in log.read_text()
        with running_up(environment, log) as up:
            programs = find_programs(up)
            down = run_links(environment, "down")
            assert (down.returncode, down.stderr) == (0, "Stopped.\n")
            assert up.wait(timeout=10) == 130
            assert_all_ended(settings, programs)
        assert "Nothing was running" in run_links(environment, "down").stderr


DEFECTS = (
    ("rights", "grant execute on function links.moment() to public", "links.moment"),
    ("rights", "grant select on links.record to links_api", "links_api on links.record"),
    ("rights", "grant links_owner to links_citizen", "links_citizen is links_owner"),
    ("rights", "alter role links_ingest bypassrls", "links_ingest"),
    ("rights", "alter function links.today() reset search_path", "links.today()"),
    ("rights", "create publication leak", "publication leak"),
    ("rights", "create role somebody login", "somebody"),
    ("rights", "grant connect on database links to public", "database links"),
)


def check_that_doctor_sees_defects(settings: LinksSettings, environment: dict[str, str]) -> None:
    """All at once, as each run takes a while; then all undone is for the throw-away home."""
    keyring = settings.secrets / "keys" / "keyring.json"
    keyring.chmod(0o644)
    settings.ask_socket.chmod(0o666)
    rules = settings.data / "pg_hba.conf"
    rules.write_text(f"local all all trust\n{rules.read_text()}")
    with connect_as_superuser(settings) as connection:
        for _, statement, _ in DEFECTS:
            connection.execute(statement)  # type: ignore[call-overload]
        connection.execute("alter system set log_statement = 'all'")
        connection.execute("select pg_reload_conf()")
        wait_until(lambda: connection.execute("show log_statement").fetchone() == ("all",))
    code, checks = doctor(environment)
    assert code == 3
    assert str(keyring) in checks["files"]["found"]
    assert str(settings.ask_socket) in checks["files"]["found"]
    assert "log_statement" in checks["server"]["found"]
    assert "local all all trust" in checks["access"]["found"]
    for name, _, found in DEFECTS:
        assert found in checks[name]["found"]
    with connect_as_superuser(settings) as connection:
        connection.execute("alter system reset all")
    keyring.chmod(0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run programs as other system users")
def test_up_as_root_runs_each_program_as_a_user_of_its_own(tmp_path: Path) -> None:
    with throwaway_home() as settings:
        users = ",".join(f"{name}={user}" for name, user in BORROWED.items())
        environment = make_environment(settings, users)
        with running_up(environment, tmp_path / "log") as up:
            programs = find_programs(up)
            owners = {module: find_user(number) for module, number in programs.items()}
            assert owners == {
                "links.keys": BORROWED["keys"],
                "links.api": BORROWED["api"],
                "links.citizen": BORROWED["citizen"],
                "links.clerk": BORROWED["audit"],
                "links.operations.follower": BORROWED["ingest"],
            }
            assert settings.data.owner() == "postgres"
            code, checks = doctor(environment)
            assert [check for check in checks.values() if check["verdict"] != "ok"] == []
            assert code == 0
            for secret, user in (("keys/keyring.json", "keys"), ("audit/log.key", "audit")):
                owner = pwd.getpwuid((settings.secrets / secret).stat().st_uid).pw_name
                assert owner == BORROWED[user]
            for user in (BORROWED["api"], "nobody"):
                assert not can_read(user, settings.secrets / "keys" / "keyring.json")
                assert not can_read(user, settings.secrets / "audit" / "log.key")
                assert not can_read(user, settings.data / "PG_VERSION")
            assert not settings.passwords.exists()
        assert_all_ended(settings, programs)


def find_user(process: int) -> str:
    status = Path(f"/proc/{process}/status").read_text()
    return pwd.getpwuid(int(status.partition("Uid:")[2].split()[0])).pw_name


def can_read(user: str, path: Path) -> bool:
    account = pwd.getpwnam(user)
    command = ["/usr/bin/test", "-r", str(path)]
    done = subprocess.run(
        command, user=account.pw_uid, group=account.pw_gid, extra_groups=[], check=False, cwd="/"
    )
    return done.returncode == 0


def test_a_cluster_of_tests_ends_with_its_process() -> None:
    program = (
        "import os, signal\n"
        "from links.operations.throwaway import throwaway_cluster\n"
        "with throwaway_cluster() as settings:\n"
        "    print(settings.home, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    home = Path(done.stdout.strip())
    assert home.name.startswith("best-links-")
    wait_until(lambda: not home.exists())


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"BEST_LINKS_USERS": "api"}, "must be `none` or name system users"),
        ({"BEST_LINKS_USERS": "superuser=root"}, "superuser"),
        ({"BEST_LINKS_USERS": "api=daemon,keys=daemon"}, "names a user twice"),
        ({"BEST_LINKS_PORT": "0"}, "BEST_LINKS_PORT"),
        ({"BEST_LINKS_CITIZEN_PORT": "http"}, "BEST_LINKS_CITIZEN_PORT"),
        ({"BEST_LINKS_CITIZEN_PORT": "8020"}, "PORT and BEST_LINKS_CITIZEN_PORT are both 8020"),
        ({"BEST_LINKS_HOME": "some/where"}, "BEST_LINKS_HOME .* is 'some/where'"),
        ({"BEST_LINKS_REGISTER": "ftp://x"}, "BEST_LINKS_REGISTER .* is 'ftp://x'"),
    ],
)
def test_a_wrong_variable_is_named(variables: dict[str, str], told: str) -> None:
    with pytest.raises(EnvironmentProblem, match=told):
        LinksSettings.from_environment({"BEST_LINKS_HOME": "/nonexistent", **variables})


def test_places_that_cannot_be_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    register, wall, keys = tmp_path / "best", tmp_path / "best" / "wall", tmp_path / "keys.json"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(CHECKOUT), "BEST_LINKS_PROT": "8020"}
    for variables, told in (
        ({"BEST_HOME": register, "BEST_LINKS_HOME": wall}, f"BEST_LINKS_HOME {wall} and BEST_HOME"),
        ({"BEST_HOME": wall, "BEST_LINKS_HOME": register}, f"BEST_LINKS_HOME {register} and"),
        (
            {"BEST_LINKS_HOME": wall, "BEST_LINKS_CITIZEN_JWKS": keys},
            f"CITIZEN_JWKS: no file {keys}",
        ),
    ):
        given = {name: str(path) for name, path in variables.items()}
        done = run_links(environment | given, "up", "--prepare")
        assert (done.returncode, told in done.stderr) == (3, True), done.stderr
        assert "BEST_LINKS_PROT; is BEST_LINKS_PORT meant?" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_another_program_has_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = LinksSettings(home=Path("/nonexistent"), api_port=0, citizen_port=port)
        with pytest.raises(EnvironmentProblem, match=f"BEST_LINKS_CITIZEN_PORT: .* port {port} "):
            check_ports(settings)


def test_a_server_that_was_killed_and_nobody_collected_is_not_alive(tmp_path: Path) -> None:
    settings = LinksSettings(home=tmp_path)
    settings.data.mkdir(parents=True)
    assert not is_alive(settings)
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        (settings.data / "postmaster.pid").write_text(f"{process.pid}\n{settings.data}\n")
        assert is_alive(settings)
        process.kill()
        wait_until(lambda: not is_alive(settings))
        assert Path(f"/proc/{process.pid}").exists()


def test_doctor_tells_the_rest_when_the_users_are_not_made_yet(tmp_path: Path) -> None:
    users = {name: f"nobody-of-{name}" for name in DEFAULT_USERS}
    found = {check.name: check for check in list_checks(LinksSettings(home=tmp_path, users=users))}
    assert "There is no system user nobody-of-" in found["files"].found
    assert found["database"].verdict == "fail"


def test_drift_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = sa.MetaData(schema="links")
    for table in drift.metadata.sorted_tables:
        table.to_metadata(changed)
    changed.tables["links.canary"].append_column(sa.Column("name", sa.Text, comment="of a person"))
    monkeypatch.setattr(drift, "metadata", changed)
    added = [line for line in drift.list_drift() if line.startswith("+") and "name" in line]
    assert any("name text" in line for line in added)
    assert any("of a person" in line for line in added)
