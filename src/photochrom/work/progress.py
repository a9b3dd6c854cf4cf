"""How far work is: what long functions call, and what a caller shows of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Tick = Callable[[], None]  # called after each unit of work


class Stage(Protocol):
    """Shows how far a stage is, as a context that gives a function to call after each unit."""

    def __call__(self, total: int, *, doing: str, unit: str) -> AbstractContextManager[Tick]:
        """Begin a stage."""


@contextmanager
def silent(total: int, *, doing: str, unit: str) -> Iterator[Tick]:
    """Show nothing."""
    del total, doing, unit
    yield lambda: None
