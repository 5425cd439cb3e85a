"""A file cut into pieces of whole lines, for other processes to split: fast, in bounded memory."""

from collections.abc import Iterable, Iterator

from registry.domain.errors import InputRefused

LONGEST_LINE = 1_000_000
"""Bytes. Nobody has an address so long, and all of it would have to be held."""


def cut_lines(pieces: Iterable[bytes], label: str, *, has_quotes: bool) -> Iterator[bytes]:
    """Yield the bytes in pieces that end with a line: with quotes, where none is open.

    A quotation mark that nobody closes within LONGEST_LINE does not hold up the rest.
    """
    carry, line = b"", 1
    for more in pieces:
        looked, carry = len(carry), carry + more
        end = _find_last_end(carry, looked) if has_quotes else carry.rfind(b"\n") + 1
        if not end and len(carry) > LONGEST_LINE:
            end = carry.rfind(b"\n") + 1
            if not end:
                raise InputRefused(f"{label}, line {line:,}: it is longer than 1 MB")
        if end:
            yield carry[:end]
            line += carry.count(b"\n", 0, end)
            carry = carry[end:]
    if carry:
        yield carry


def _find_last_end(data: bytes, looked: int) -> int:
    """Return where the last line ends that has an even number of quotation marks up to there.

    0: none does. There is none in the first `looked` bytes.
    """
    end = data.rfind(b"\n") + 1
    marks = data.count(b'"', 0, end)
    while end > looked and marks % 2:
        # The marks are even again before a line that has some.
        line = data.rfind(b"\n", 0, data.rfind(b'"', 0, end)) + 1
        marks -= data.count(b'"', line, end)
        end = line
    return end if end > looked else 0
