"""What a program is told: one sentence of what happened, and what to do about it."""

from dataclasses import dataclass

from gateway.text.language import Facts, Language
from gateway.text.lines import plain
from gateway.text.notices import say


@dataclass(frozen=True, slots=True)
class Explained:
    """Plain text; `next` may be empty."""

    message: str
    next: str = ""


def explained(language: Language, code: str, facts: Facts) -> Explained:
    """Explain a code: by a phrase of its own, else with the words people get for it.

    Where the next step of a program differs from a person's, it stands in the area `next`.
    """
    step = language.text(f"next.{code.replace('.', '_')}", **facts)
    own = language.text(code, **facts)
    if own:
        return Explained(own, step)
    said = say(language, code, {name: fact for name, fact in facts.items() if name != "ref"}, ())
    first, *more = said.lines or (said.small,)
    return Explained(plain(first), step or " ".join(map(plain, filter(None, (*more, said.small)))))
