"""A small JSONPath: `$`, `$.a.b`, `$.a[0]`, `$['odd name'].c`. One path finds one value.

No wildcards, filters or recursion: a mapping stays readable, and cannot be made to run long.
"""

import re
from dataclasses import dataclass

LENGTH_MOST = 255

_STEP = re.compile(r"\.(?P<name>[\w-]+)|\[(?P<index>[0-9]{1,6})\]|\['(?P<odd>[^']+)'\]")


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path: names of members and indexes of elements."""

    steps: tuple[str | int, ...]

    @classmethod
    def of(cls, written: str) -> "Path":
        """Compile a path.

        Raises:
            ValueError: it is none, with words for the operator.
        """
        steps: list[str | int] = []
        at = 1
        while at < len(written) <= LENGTH_MOST and (step := _STEP.match(written, at)):
            steps.append(int(step["index"]) if step["index"] else step["name"] or step["odd"])
            at = step.end()
        if not written.startswith("$") or at != len(written):
            raise ValueError("is no path; write one such as $.alert.labels['job name'].first[0]")
        return cls(tuple(steps))

    def find(self, value: object) -> object:
        """Follow the path; `None` where it leads nowhere."""
        for step in self.steps:
            match value, step:
                case dict(), str():
                    value = value.get(step)
                case list(), int() if step < len(value):
                    value = value[step]
                case _:
                    return None
        return value
