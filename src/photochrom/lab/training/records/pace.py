"""How fast a run goes, and how much of the time it waits for data."""

import time
from collections.abc import Callable


class Pace:
    """A stopwatch for batches; validation counts neither as work nor as waiting.

    Args:
        clock: gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._mark_s = clock()
        self._worked_s = 0.0
        self._waited_s = 0.0
        self._pictures = 0

    def batch_came(self) -> None:
        """Count the time since the last batch, or pause, as waiting for this one."""
        self._waited_s += self._lap()

    def batch_done(self, pictures: int) -> None:
        """Count the time since the batch came as work on so many pictures."""
        self._worked_s += self._lap()
        self._pictures += pictures

    def paused(self) -> None:
        """Leave out the time since the last batch."""
        self._lap()

    def _lap(self) -> float:
        before, self._mark_s = self._mark_s, self._clock()
        return self._mark_s - before

    @property
    def pictures(self) -> int:
        """Pictures seen."""
        return self._pictures

    @property
    def pictures_per_s(self) -> float:
        """Pictures a second of work and waiting; 0 before the first batch."""
        elapsed_s = self._worked_s + self._waited_s
        return self._pictures / elapsed_s if elapsed_s else 0.0

    @property
    def waiting_share(self) -> float:
        """Share of that time spent waiting, 0 to 1."""
        elapsed_s = self._worked_s + self._waited_s
        return self._waited_s / elapsed_s if elapsed_s else 0.0
