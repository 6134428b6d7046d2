"""What is wrong in a text that an operator wrote, and where in it."""

from dataclasses import dataclass


@dataclass(eq=False)
class RoutingSyntaxError(ValueError):
    """A matcher, pattern, duration … cannot be read. `at` counts characters from 0.

    `problem` is a clause for the operator, such as "unknown operator", shown behind file,
    line and column.
    """

    problem: str
    at: int = 0

    def __str__(self) -> str:
        """Show the clause."""
        return self.problem

    def moved(self, by: int) -> "RoutingSyntaxError":
        """Give the same problem as seen in a longer text that holds this one at `by`."""
        return RoutingSyntaxError(self.problem, self.at + by)
