"""Fast, better, best: which models these words stand for here, and how to get those that lack."""

from dataclasses import dataclass
from typing import Final, get_args

from photochrom.models.registry import MODELS, Level, ModelRow, contract_path, way_to

_SLOWER_S: Final = 6.0  # a photograph: from here on a person waits
_SLOW_S: Final = 12.0
_VERY_SLOW_S: Final = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one of the words fast, better and best stands for.

    Attributes:
        level: the word.
        model: the name to give to `Colorizer`.
        text: the same in plain words, such as "better, slower: 220 MB, about 6 s a photograph".
        is_installed: whether the model can be used now.
        way: what to run to get it; empty when it is installed.
    """

    level: Level
    model: str
    text: str
    is_installed: bool
    way: str


def ranked() -> tuple[Choice, ...]:
    """Tell what fast, better and best stand for in this installation, in this order.

    They are no names of models: what they stand for changes with what is installed, so a choice is
    shown to a person, and the name of its `model` is what is stored and written into results. A
    window offers the installed ones as buttons, and beside each other one its `way`::

        for choice in ranked():
            label, model = choice.level.title(), choice.model
            print(label, choice.text, model if choice.is_installed else choice.way)

    Returns:
        One choice a level: the first model of it in the list that is installed, else the first.
    """
    choices = []
    for level in get_args(Level):
        rows = [row for row in MODELS if row.level == level]
        installed = [row for row in rows if contract_path(row).is_file()]
        row = (installed or rows)[0]
        choice = Choice(
            level=level,
            model=row.name,
            text=in_words(row),
            is_installed=bool(installed),
            way="" if installed else way_to(row),
        )
        choices.append(choice)
    return tuple(choices)


def in_words(row: ModelRow) -> str:
    """Say how good, how large and how slow a model is.

    >>> from photochrom.models.registry import find_model
    >>> in_words(find_model("ddcolor-tiny"))
    'better, slower: 220 MB, about 6 s a photograph'
    """
    speeds = (_SLOWER_S, "fast"), (_SLOW_S, "slower"), (_VERY_SLOW_S, "slow")
    speed = next((word for below, word in speeds if row.seconds < below), "very slow")
    quality = [] if row.level in (None, speed) else [row.level]
    path = contract_path(row)
    size_bytes = path.stat().st_size if row.is_built_in and path.is_file() else 0
    if row.checkpoint is not None:  # what is fetched
        size_bytes = row.checkpoint.size_bytes or 0
    size = f"{size_bytes / 1e6:.0f} MB, " if size_bytes else ""
    return f"{', '.join([*quality, speed])}: {size}about {row.seconds:.0f} s a photograph"
