"""`match`: find the addresses of a file, or of one text, in the register."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.progress import make_timed_progress, print_progress
from registry.domain.errors import InputRefused
from registry.search.answers import Question, Reason
from registry.search.bulk.columns import Told, read_told_columns
from registry.search.bulk.processes import Pool
from registry.search.reasons import read_reasons, withhold

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.search.bulk.matching_files import Tally
    from registry.search.index import SearchIndex
    from registry.settings import Settings

_STANDARD = "-"
_SECONDS = 2.0
_ENDINGS = (".csv", ".tsv", ".txt", ".ndjson", ".xlsx")
"""How files end, and no address."""


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `match` accepts."""
    parser.description = "Find the addresses of a file in the register, or one that is written out."
    parser.add_argument(
        "source",
        metavar="FILE",
        help="CSV, NDJSON or xlsx, - for standard input; without -o: the text of one address",
    )
    parser.add_argument(
        "-o",
        dest="target",
        metavar="OUT",
        help="where the rows go, with the answers behind them; - for standard output",
    )
    parser.add_argument("--force", action="store_true", help="write over OUT if it exists")
    parser.add_argument(
        "--separator", type=read_separator, metavar="C", help="between columns, such as ; or tab"
    )
    parser.add_argument("--encoding", metavar="NAME", help="of the text, such as latin-1")
    parser.add_argument(
        "--columns", metavar="FIELD=COLUMN,...", help="what the columns are, by name or number"
    )
    parser.add_argument("--no-header", action="store_true", help="the first row is an address too")
    parser.add_argument(
        "--minimum",
        type=read_score,
        default=0.0,
        metavar="S",
        help="lowest score that counts, from 0 to 1 (0)",
    )


def read_separator(text: str) -> str:
    """Read one character, or the word tab."""
    separator = "\t" if text in {"tab", "\\t"} else text
    if len(separator) != 1 or separator in '"\r\n':
        raise argparse.ArgumentTypeError(f"{text!r} is not one character, nor the word tab")
    return separator


def read_score(text: str) -> float:
    """Read a score."""
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a score from 0 to 1")
    return score


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Match a file or a text; 1 when the file is refused."""
    if arguments.target is None:
        return match_text(arguments, settings)
    told = Told(
        separator=arguments.separator,
        encoding=arguments.encoding,
        has_header=False if arguments.no_header else None,
        columns=read_told_columns(arguments.columns) if arguments.columns else None,
    )
    target = None if arguments.target == _STANDARD else Path(arguments.target)
    if target is not None:
        check_target(target, arguments)
    with tempfile.TemporaryDirectory(prefix="best-match-") as folder:
        source = find_source(arguments.source, Path(folder))
        match_file(source, target or Path(folder) / "matched", told, arguments.minimum, settings)
        if target is None:
            with (Path(folder) / "matched").open("rb") as matched:
                shutil.copyfileobj(matched, sys.stdout.buffer)
    return 0


def check_target(target: Path, arguments: argparse.Namespace) -> None:
    """Refuse what would be lost."""
    if target.is_dir() or not target.parent.is_dir():
        raise InputRefused(f"{target}: name a file in a directory that there is")
    if target.exists() and arguments.source != _STANDARD and target.samefile(arguments.source):
        raise InputRefused(f"{target}: that is the file to match. Write to another one")
    if target.exists() and not arguments.force:
        raise InputRefused(f"{target}: it exists. Name another file, or write over it: --force")


def find_source(name: str, folder: Path) -> Path:
    """Return the file to match; what comes on standard input is kept in the folder meanwhile."""
    if name != _STANDARD:
        if os.path.isdir(name):  # noqa: PTH112 - a Path raises where the name is too long
            raise InputRefused(f"{name}: that is a directory. Name a file in it")
        if not os.path.isfile(name):  # noqa: PTH113 - likewise
            raise InputRefused(f"{name}: there is no such file")
        return Path(name)
    source = folder / "input"
    with source.open("wb") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
    return source


def match_file(source: Path, target: Path, told: Told, minimum: float, settings: Settings) -> None:
    """Match, with progress and a summary on standard error."""
    began = time.monotonic()
    with Pool(len(os.sched_getaffinity(0))) as pool:
        # While the processes start.
        from registry.search.bulk.matching_files import match_table, open_table  # noqa: PLC0415

        table = open_table(source, told)
        print_progress(f"Read as {table.asked}")
        folder = make_folder(settings)
        try:
            progress = make_meter(table.rows)
            tally = match_table(table, target, folder, pool, minimum=minimum, progress=progress)
        except OSError as error:
            if error.filename != str(target):
                raise
            raise InputRefused(f"{target}: it cannot be written: {error.strerror}") from None
    print_progress(describe(tally, time.monotonic() - began))


def make_folder(settings: Settings) -> Path:
    """Return where the index of the register is; make it if there is none."""
    from deploy.session import open_session  # noqa: PLC0415 - a tenth of a second, as the others
    from registry.search.store import ensure_folder  # noqa: PLC0415

    with open_session(settings):
        return ensure_folder(settings, make_timed_progress())


def make_meter(total: int) -> Callable[[Tally], None]:
    """Return what says every few seconds how far it is."""
    progress, last = make_timed_progress(), [time.monotonic()]

    def meter(tally: Tally) -> None:
        if time.monotonic() - last[0] >= _SECONDS:
            last[0] = time.monotonic()
            progress(f"{tally.rows:,} rows" + (f" of {total:,}" if total else ""))

    return meter


def describe(tally: Tally, seconds: float) -> str:
    """Return the summary: how many rows came to what, and how fast."""
    counts = dict(tally.counts)
    neutralised, unreadable = counts.pop("neutralised", 0), counts.pop("unreadable", 0)
    lines = [f"{tally.rows:,} rows in {seconds:.1f} s ({tally.rows / seconds:,.0f}/s)"]
    lines += [
        f"  {verdict:<10} {count:>11,} {count / tally.rows:7.2%}"
        for verdict, count in sorted(counts.items(), key=lambda pair: -pair[1])
    ]
    if unreadable:
        lines.append(f"{unreadable:,} rows could not be read: best_reason says why")
    if neutralised:
        lines.append(
            f"{neutralised:,} cells that a spreadsheet would run as formulas got an apostrophe"
        )
    return "\n".join(lines)


def match_text(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what one text is found to be, and why."""
    if os.path.isfile(arguments.source):  # noqa: PTH113 - likewise
        raise InputRefused(f"{arguments.source} is a file: say where the rows go, with -o OUT")
    if arguments.source.lower().endswith(_ENDINGS):
        raise InputRefused(
            f"{arguments.source}: there is no such file, and it does not read as an address"
        )
    from registry.search.store import load_index  # noqa: PLC0415 - as above

    index = load_index(make_folder(settings))
    print(describe_answer(arguments.source, arguments.minimum, index))
    return 0


def describe_answer(text: str, minimum: float, index: SearchIndex) -> str:
    """Return an answer in words: verdict, names, id, and why."""
    from registry.search.bulk.answering import make_id  # noqa: PLC0415 - as above
    from registry.search.labels import make_labels  # noqa: PLC0415
    from registry.search.matching import match  # noqa: PLC0415

    answer = withhold(match(Question(text=text), index), minimum)
    lines = [f"{answer.verdict} ({answer.category}), score {answer.score:.4f}"]
    for candidate in answer.candidates:
        lines.append(f"  {make_id(index, candidate)}  {candidate.level}")
        lines += [f"    {label}" for label in make_labels(index, candidate).values()]
    if answer.candidates_total > len(answer.candidates):
        lines.append(f"  and {answer.candidates_total - len(answer.candidates)} more")
    for component in answer.components:
        names = " / ".join(dict.fromkeys(component.values.values())) or component.written
        why = explain(component.reason)
        lines.append(f"  {component.kind}: {names} ({component.status}{why})")
    told = {component.reason for component in answer.components}
    lines += [f"  {explain(reason)[2:]}" for reason in answer.reasons if reason not in told]
    if answer.unresolved:
        lines.append(f"  left over: {' | '.join(answer.unresolved)}")
    return "\n".join(line if line.isprintable() else ascii(line)[1:-1] for line in lines)


def explain(reason: Reason | None) -> str:
    """Return the sentence of a reason behind a colon, "" for none."""
    return f": {read_reasons()[reason]['en']}" if reason else ""
