"""Numbers that can belong to nobody: links.domain.subjects says of each range why."""

from links.domain.subjects import make_enterprise_check, make_person_check

MOST_PEOPLE = 100 * 31 * 7 * 998


def make_ssin(number: int) -> str:
    """Return the national number of the synthetic person `number`, 0 to MOST_PEOPLE - 1."""
    check_range(number, MOST_PEOPLE)
    days, year = divmod(number, 100)
    months, day = divmod(days, 31)
    sequence, month = divmod(months, 7)
    first = f"{year:02}{93 + month}{day + 1:02}{sequence + 1:03}"
    return first + make_person_check(first, since_2000=year < 25)


def make_enterprise_number(number: int) -> str:
    """Return the number of the synthetic enterprise `number`, below a million."""
    check_range(number, 1_000_000)
    return f"00{number:06}" + make_enterprise_check(f"00{number:06}")


def make_establishment_number(number: int) -> str:
    """Return the number of the synthetic establishment unit `number`, below a million."""
    check_range(number, 1_000_000)
    return f"89{number:06}" + make_enterprise_check(f"89{number:06}")


def make_plate(number: int) -> str:
    """Return the plate of the synthetic vehicle `number`, below 26 cubed times a thousand."""
    check_range(number, 26**3 * 1000)
    rest, digits = divmod(number, 1000)
    letters = "".join(chr(ord("A") + rest // 26**place % 26) for place in (2, 1, 0))
    return f"0{letters}{digits:03}"


def check_range(number: int, size: int) -> None:
    """Raise ValueError when a range has no such number."""
    if not 0 <= number < size:
        raise ValueError(f"synthetic numbers here go from 0 to {size - 1}, and {number} is asked")
