"""Belgian working days and the standstill of a decision. links.standstill_end says the same."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
STANDSTILL_DAYS = 10

_FIXED = ((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday


def find_day(moment: datetime) -> date:
    """The calendar day in Brussels at an aware moment."""
    return moment.astimezone(BRUSSELS).date()


def find_midnight(day: date) -> datetime:
    """The moment, in UTC, at which a day begins in Brussels."""
    return datetime.combine(day, time(), BRUSSELS).astimezone(UTC)


def find_easter(year: int) -> date:
    """Easter Sunday, Gregorian (the anonymous algorithm of 1876; Meeus, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    r = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * r) // 433
    n = (h + r - 7 * m + 90) // 25
    return date(year, n, (h + r - 7 * m + 33 * n + 19) % 32)


def is_working_day(day: date) -> bool:
    """Monday to Friday and none of the ten legal holidays (royal decree of 18 April 1974)."""
    if day.weekday() >= 5 or (day.month, day.day) in _FIXED:
        return False
    return (day - find_easter(day.year)).days not in _AFTER_EASTER


def find_standstill_end(approved_at: datetime) -> datetime:
    """Midnight in Brussels after the tenth working day that follows the day of approval."""
    day = find_day(approved_at)
    left = STANDSTILL_DAYS
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return find_midnight(day + timedelta(days=1))
