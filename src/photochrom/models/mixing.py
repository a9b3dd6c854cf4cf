"""Mixes: how several models are asked for in one text, such as ``a+b`` or ``a*0.6+b*0.4``."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photochrom.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class MixPart:
    """One model of a mix.

    Attributes:
        model: name of a model, or the path of a contract file.
        weight: its share of the chroma; those of all parts add up to 1.
    """

    model: str | Path
    weight: float


def is_mix(model: str | Path) -> bool:
    """Tell whether a text asks for several models; an existing file of that name wins."""
    return isinstance(model, str) and bool({"+", "*"} & set(model)) and not Path(model).is_file()


def parts_of(model: str | Path) -> tuple[MixPart, ...]:
    """Read which models a text asks for, and how much of each.

    Args:
        model: the name of a model or the path of a file; or several, parted by ``+``, each alone
            or each followed by ``*`` and its weight. A path may contain ``+`` where a file of that
            name is there.

    Returns:
        One part, or several, whose weights are their shares.

    Raises:
        InputError: when a part is empty or there twice, or a weight is no number above 0, stands
            alone, or is missing beside others.

    >>> [(part.model, part.weight) for part in parts_of("a*3+b*1")]
    [('a', 0.75), ('b', 0.25)]
    """
    if not is_mix(model):
        return (MixPart(model=model, weight=1.0),)
    text = str(model)
    named = [_weighed(term, text) for term in _terms(text)]
    names, weights = [name for name, _ in named], [weight for _, weight in named]
    if len(named) == 1:
        raise InputError(
            f"{text}: a weight means something beside a second model alone: A*0.6+B*0.4"
        )
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{text}: {name} is there twice")
    given = [weight for weight in weights if weight is not None]
    if len(given) not in (0, len(named)):
        raise InputError(f"{text}: give each model a weight, or none of them")
    shares = given or [1.0] * len(named)
    total = math.fsum(shares)
    return tuple(
        MixPart(model=name, weight=share / total) for name, share in zip(names, shares, strict=True)
    )


def _terms(text: str) -> Iterator[str]:
    """Part a text at its plus signs, but for those in the paths of files that are there."""
    pieces = text.split("+")
    first = 0
    while first < len(pieces):
        ends = range(len(pieces), first + 1, -1)
        joined = ["+".join(pieces[first:end]) for end in ends]
        files = [each for each in joined if Path(each.rpartition("*")[0] or each).is_file()]
        yield files[0] if files else pieces[first]
        first += files[0].count("+") + 1 if files else 1


def _weighed(term: str, text: str) -> tuple[str, float | None]:
    """Read a model and its weight; None when it has none."""
    name, star, number = term.partition("*")
    if not name:
        raise InputError(f"{text}: there is no model beside a + or a *")
    if not star:
        return name, None
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise InputError(f"{text}: a weight is a number above 0, not {number!r}")
    return name, weight
