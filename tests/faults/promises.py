"""What is promised, and how it is said that a promise was broken."""

from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override


class Promise(StrEnum):
    """What can be broken."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    INVENTED = "invented"
    UNTOLD = "untold"
    DISORDERED = "disordered"


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that is not as promised."""

    promise: Promise
    words: str

    @override
    def __str__(self) -> str:
        return f"{self.promise}: {self.words}"
