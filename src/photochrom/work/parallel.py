"""Work on many things at once, and give the results in their order."""

import ctypes
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from queue import Full, Queue
from threading import Event, Thread, current_thread
from time import monotonic
from typing import Final, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")

_AHEAD: Final = 8  # things begun for each thread, so that memory stays bounded
_HEAPS: Final = -8  # of mallopt: M_ARENA_MAX
_PATIENCE_S: Final = 0.2  # a wait without end cannot be interrupted on Windows
_GRACE_S: Final = 5.0  # for work that was told to end
_STOPS: ContextVar[tuple[Event, ...]] = ContextVar("_STOPS", default=())  # of a thread's pools


@contextmanager
def stoppable_pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Open a pool that leaves nothing behind: what has not begun is canceled at its end.

    Whatever has begun is waited for; what may take long asks `is_stopped`.
    """
    stop = Event()
    stops = (*_STOPS.get(), stop)
    begun: list[Thread] = []

    def begin() -> None:
        _STOPS.set(stops)
        begun.append(current_thread())

    pool = ThreadPoolExecutor(threads, "photochrom", initializer=begin)
    try:
        yield pool
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
        for thread in begun:  # the pool does not know one that began as Ctrl-C came
            thread.join()


def is_stopped() -> bool:
    """Tell whether nobody waits any longer for what this thread of a pool does."""
    return any(stop.is_set() for stop in _STOPS.get())


def in_parallel(
    work: Callable[[Work], Result],
    items: Iterable[Work],
    done: Callable[[], None] = lambda: None,
    *,
    threads: int | None = None,
) -> Iterator[Result]:
    """Work in threads, in order, never far ahead of the consumer.

    An error or Ctrl-C cancels what has not begun, and ends the runs of networks that have.

    Args:
        work: safe from many threads.
        items: what to work on.
        done: called for each result, before it is given.
        threads: by default one per core.

    >>> list(in_parallel(abs, [-3, 1, -2], threads=2))
    [3, 1, 2]
    """
    threads = threads or available_cores()
    waiting: deque[Future[Result]] = deque()

    def first() -> Result:
        result = waiting.popleft().result()
        done()
        return result

    with stoppable_pool(threads) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= _AHEAD * threads:
                yield first()
        while waiting:
            yield first()


def interruptibly(work: Callable[[], Result], end: Callable[[], None], longest_s: float) -> Result:
    """Do work in a thread of its own, so that this one can be interrupted.

    Args:
        work: to be done.
        end: tells the work to end early.
        longest_s: seconds after which it is told so.

    Raises:
        TimeoutError: when it took longer.
        KeyboardInterrupt: at Ctrl-C, or when nobody waits for this thread of a pool any longer.
    """
    outcome = Future[Result]()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            outcome.set_exception(error)

    latest = monotonic() + longest_s
    Thread(target=do, name="photochrom-work", daemon=True).start()
    try:
        while not wait([outcome], _PATIENCE_S).done:
            if is_stopped():
                raise KeyboardInterrupt
            if monotonic() > latest:
                raise TimeoutError(f"it took longer than {longest_s:.0f} s and was stopped")
    finally:
        if not outcome.done():
            end()
            wait([outcome], _GRACE_S)
    return outcome.result()


@contextmanager
def read_ahead(items: Iterable[Result], most: int) -> Iterator[Iterator[Result]]:
    """Make items in a thread of their own while the block uses those that are there.

    Args:
        items: iterated in that thread alone; its errors are raised where the items are used.
        most: items that wait to be used.

    Yields:
        The same items. What is not used when the block ends is not made.

    >>> with read_ahead(iter("abc"), 2) as letters:
    ...     list(letters)
    ['a', 'b', 'c']
    """
    waiting: Queue[Future[Result] | None] = Queue(most)
    stop = Event()

    def put(made: Future[Result] | None) -> None:
        while not stop.is_set():
            with suppress(Full):
                waiting.put(made, timeout=0.1)
                break

    def make() -> None:
        try:
            for item in items:
                made: Future[Result] = Future()
                made.set_result(item)
                put(made)
                if stop.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the item is used
            failed: Future[Result] = Future()
            failed.set_exception(error)
            put(failed)
        put(None)

    def taken() -> Iterator[Result]:
        while (made := waiting.get()) is not None:
            yield made.result()

    maker = Thread(target=make, name="photochrom-ahead")
    maker.start()
    try:
        yield taken()
    finally:
        stop.set()
        maker.join()


def available_cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_one_heap() -> None:
    """Let all threads to come take memory from one heap, where the C library is glibc.

    Else there are eight for each core, and each keeps the most that its threads ever needed.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # of another C library
            ctypes.CDLL(None).mallopt(_HEAPS, 1)
