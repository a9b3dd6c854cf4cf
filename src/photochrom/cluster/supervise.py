"""Keep workers busy until everything is done, whoever of them dies meanwhile.

Nothing here knows of an engine, so that the rules can be tried with simulated workers and clocks.
"""

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from photochrom.cluster.crew import Arrived, Crew, Gone
from photochrom.engine.batch.chunk import ChunkItem, ChunkRecord
from photochrom.engine.result import FileResult, Status
from photochrom.errors import RunError

_AHEAD: Final = 2  # chunks that a worker has, so that it never waits for the next
_LIVES: Final = 2  # workers that a chunk, and then a picture alone, may cost
_FALSE_STARTS: Final = 8  # workers in a row that go before any has done a chunk
_LOOK_S: Final = 5.0  # between looks at the room for more workers
_CRASHED: Final = "the workers that it was given to died of it, twice"


@dataclass(slots=True)
class _Whole:
    """A chunk, and what is known of its pictures."""

    items: Sequence[ChunkItem]
    records: dict[int, ChunkRecord] = field(default_factory=dict)


@dataclass(slots=True)
class _Part:
    """Some pictures of a chunk: all of them, or one that may be to blame."""

    whole: _Whole
    places: Sequence[int]
    lives: int = _LIVES

    @property
    def items(self) -> list[ChunkItem]:
        return [self.whole.items[place] for place in self.places]


class Supervisor:
    """Hands chunks to the workers of a crew, each to one at a time.

    A worker that dies is replaced and its chunk tried again; when that dies, too, its pictures are
    tried alone, and one that kills two workers is given up as a crash.

    Args:
        crew: the workers.
        most_workers: however much room there is.
        patience_s: without any chunk finished, after which the run is given up.
        clock: seconds that pass.
    """

    def __init__(
        self,
        crew: Crew,
        *,
        most_workers: int,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._crew = crew
        self._most_workers = most_workers
        self._patience_s = patience_s
        self._clock = clock
        self._hired: set[Hashable] = set()
        self._doing: dict[Hashable, deque[_Part]] = {}  # of the workers that have arrived
        self._again: deque[_Part] = deque()
        self._chunks: Iterator[Sequence[ChunkItem]] = iter(())
        self._most_hired = 0
        self._false_starts = 0
        self._is_exhausted = False  # nothing is left but what workers have, or had
        self._is_full = False

    def run(self, chunks: Iterable[Sequence[ChunkItem]]) -> Iterator[list[ChunkRecord]]:
        """Do chunks; where the disk is full, what has begun is finished and no more is begun.

        Args:
            chunks: taken one by one, a little ahead of the workers.

        Yields:
            The records of each chunk, in the order of its items, as chunks get done.

        Raises:
            RunError: when no chunk gets done for so long, when workers die before they do anything,
                or when one has another version or model.
        """
        self._chunks = iter(chunks)
        last_s = self._clock()
        while True:
            self._feed()
            has_more = not self._is_full and bool(self._again or not self._is_exhausted)
            if not has_more and not any(self._doing.values()):
                return
            if has_more:
                self._hire()
            left_s = self._patience_s - (self._clock() - last_s)
            if left_s <= 0:
                minutes = f"{self._patience_s / 60:.0f} minutes"
                raise RunError(f"no chunk was finished for {minutes}; run again to go on")
            for news in self._crew.news(min(left_s, _LOOK_S)):
                if isinstance(news, Arrived):
                    self._doing[news.worker] = deque()
                elif isinstance(news, Gone):
                    yield from self._bury(news)
                else:
                    last_s, self._false_starts = self._clock(), 0
                    part = self._doing[news.worker].popleft()
                    yield from self._settle(part, news.records)

    def _feed(self) -> None:
        """Hand out chunks until every worker has enough."""
        while (worker := self._idlest()) is not None and (part := self._next()) is not None:
            self._doing[worker].append(part)
            self._crew.hand_out(worker, part.items)

    def _idlest(self) -> Hashable | None:
        """Find the worker with the least to do; None when all have enough."""
        worker = min(self._doing, key=lambda each: len(self._doing[each]), default=None)
        return worker if worker is not None and len(self._doing[worker]) < _AHEAD else None

    def _next(self) -> _Part | None:
        """Give what is to be done next: what was tried before comes first."""
        if self._is_full:
            return None
        if self._again:
            return self._again.popleft()
        items = next(self._chunks, None)
        self._is_exhausted = items is None
        return None if items is None else _Part(_Whole(items), range(len(items)))

    def _hire(self) -> None:
        for _ in range(min(self._crew.room(), self._most_workers) - len(self._hired)):
            self._hired.add(self._crew.hire())
        self._most_hired = max(self._most_hired, len(self._hired))

    def _bury(self, gone: Gone) -> Iterator[list[ChunkRecord]]:
        """Take back what a dead worker had; the oldest chunk is the one that it worked on."""
        self._hired.discard(gone.worker)
        self._false_starts += not gone.is_innocent
        if self._false_starts >= max(_FALSE_STARTS, 2 * self._most_hired):
            raise RunError(f"workers end before they have done anything: {gone.reason}")
        parts = self._doing.pop(gone.worker, deque())
        if parts and not gone.is_innocent:
            parts[0].lives -= 1
            if parts[0].lives == 0:
                deadly = parts.popleft()
                if len(deadly.places) == 1:
                    result = FileResult(status=Status.FAILED, reason=_CRASHED)
                    item = deadly.items[0]
                    crashed = ChunkRecord(item=item, result=result, trouble="crash", error="crash")
                    yield from self._settle(deadly, [crashed])
                else:
                    parts.extendleft(_Part(deadly.whole, [at]) for at in reversed(deadly.places))
        self._again.extendleft(reversed(parts))

    def _settle(self, part: _Part, records: Sequence[ChunkRecord]) -> Iterator[list[ChunkRecord]]:
        """Note what became of pictures; a chunk that is complete is given."""
        self._is_full = self._is_full or any(record.is_disk_full for record in records)
        whole = part.whole
        whole.records.update(zip(part.places, records, strict=True))
        if len(whole.records) == len(whole.items):
            yield [whole.records[place] for place in range(len(whole.items))]
