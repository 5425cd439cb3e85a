"""What a register holds: the real open data, or the sample that comes with the software."""

from enum import StrEnum


class Dataset(StrEnum):
    """`sample` is said in every answer; the first real import withdraws it."""

    OPEN = "open"
    SAMPLE = "sample"
