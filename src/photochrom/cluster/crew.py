"""What a supervisor asks of an engine: workers that come, answer and go."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from photochrom.engine.batch.chunk import ChunkItem, ChunkRecord


@dataclass(frozen=True, slots=True)
class Arrived:
    """A worker has loaded its colorizer and waits for work."""

    worker: Hashable


@dataclass(frozen=True, slots=True)
class Finished:
    """A worker has done the oldest of the chunks that it was given."""

    worker: Hashable
    records: Sequence[ChunkRecord]


@dataclass(frozen=True, slots=True)
class Gone:
    """A worker is no more, nor does it work on what it was given.

    Attributes:
        worker: who.
        reason: in plain words.
        is_innocent: whether its whole machine went; then no picture is to blame.
    """

    worker: Hashable
    reason: str
    is_innocent: bool = False


News = Arrived | Finished | Gone


class Crew(Protocol):
    """The workers of an engine. None of the calls waits, but for `news`."""

    def room(self) -> int:
        """Count the workers that the machines which are there now have room for."""

    def hire(self) -> Hashable:
        """Start a worker; `Arrived` or `Gone` follows."""

    def hand_out(self, worker: Hashable, items: Sequence[ChunkItem]) -> None:
        """Give a worker a chunk, which it does after those that it has."""

    def news(self, patience_s: float) -> Sequence[News]:
        """Wait for news; none when there was none for so long.

        Raises:
            RunError: when a worker has another version or model, or nothing can go on.
        """
