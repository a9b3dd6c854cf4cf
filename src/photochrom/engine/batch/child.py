"""A process that colors pictures for another one, which outlives whatever happens to it.

It is started anew, not forked, and told by pipe: a request is a pickled item, a reply a pickled
record. When its reader goes, so does it, before it publishes anything more.
"""

import _thread
import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, Final, Self, cast

from photochrom.engine.batch.chunk import (
    ChunkItem,
    ChunkOptions,
    ChunkRecord,
    Trouble,
    color_item,
)
from photochrom.engine.result import FileResult, Status
from photochrom.errors import PhotochromError, RunError
from photochrom.files import sweep_leftovers
from photochrom.work.parallel import interruptibly, share_one_heap

_SERVE: Final = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the pipe
from photochrom.engine.batch.child import serve
serve()
"""
_LIVES: Final = 2  # processes that one picture may kill
_STARTS: Final = 3  # in a row that may fail before something is wrong with the machine
_GRACE_S: Final = 5.0  # to finish what cannot be interrupted
_CRASHED: Final = "the process that worked on it died of it, twice"


class Child:
    """A worker process with one loaded colorizer for its life, for one thread at a time."""

    def __init__(self, options: ChunkOptions) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Of the process; None when there is none yet."""
        return None if self._process is None else self._process.pid

    def color(self, item: ChunkItem) -> ChunkRecord:
        """Color one picture; a process that dies of it is replaced, once.

        Returns:
            What became of it; "crash" when the second process died as well, "timeout" when it took
            too long.

        Raises:
            RunError: when no process can be started.
            ModelError: when it cannot load the model.
            KeyboardInterrupt: at Ctrl-C, or when nobody waits for this thread of a pool any longer.
        """
        for _ in range(_LIVES):
            process = self._process or self._start()
            ask: Callable[[], ChunkRecord | None] = partial(_asked, process, item)
            try:
                record = interruptibly(
                    ask, cast(BinaryIO, process.stdin).close, self._options.longest_s
                )
            except TimeoutError as error:
                self._clear(item)
                return _troubled(item, "timeout", str(error), self._options.longest_s)
            if record is not None:
                return record
            self._clear(item)
        return _troubled(item, "crash", _CRASHED)

    def close(self) -> None:
        """End the process; what it works on is given up, and leaves nothing behind."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            cast(BinaryIO, process.stdin).close()
        try:
            process.wait(_GRACE_S + 1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        cast(BinaryIO, process.stdout).close()

    def _start(self) -> "subprocess.Popen[bytes]":
        """Start a process, and let it load the model."""
        for _ in range(_STARTS):
            process = self._process = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-P", "-c", _SERVE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={"VIPS_CONCURRENCY": str(self._options.threads or 0), **os.environ},
            )
            refusal = _asked(process, self._options)
            if refusal == "":
                return process
            self.close()
            if refusal is not None:
                raise refusal
        raise RunError("worker processes die while they load the model")

    def _clear(self, item: ChunkItem) -> None:
        """Put away a process that died or shall die, and what it left half-written."""
        if self._process is not None:
            self._process.kill()
        self.close()
        with contextlib.suppress(OSError):
            sweep_leftovers(Path(item.target).parent)


@contextlib.contextmanager
def children(count: int, options: ChunkOptions) -> Iterator[Callable[[ChunkItem], ChunkRecord]]:
    """Keep several worker processes while the block runs.

    Yields:
        `Child.color` of whichever is free; waits for one. Safe from any thread.
    """
    free: queue.SimpleQueue[Child] = queue.SimpleQueue()
    everyone = [Child(options) for _ in range(count)]
    for child in everyone:
        free.put(child)

    def color(item: ChunkItem) -> ChunkRecord:
        child = free.get()
        try:
            return child.color(item)
        finally:
            free.put(child)

    try:
        yield color
    finally:
        for child in everyone:
            child.close()


def process_chunk(
    items: Sequence[ChunkItem],
    options: ChunkOptions,
    *,
    color: Callable[[ChunkItem], ChunkRecord] | None = None,
) -> list[ChunkRecord]:
    """Color some pictures, one after the other: all that an engine has to call.

    Args:
        items: the pictures.
        options: how they are colored.
        color: does one picture, such as `Child.color` of a child that lives on between chunks; by
            default a child of this chunk's own.

    Returns:
        A record for each item, in their order. Trouble is in it; it is not raised.

    Raises:
        RunError: when no worker process can be started.
    """
    if color is not None:
        return [color(item) for item in items]
    with Child(options) as child:
        return [child.color(item) for item in items]


def serve() -> None:
    """Be the child: read options, then items, from standard input, and answer each."""
    share_one_heap()  # a third less memory
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints does not disturb the replies
    signal.signal(signal.SIGTERM, _interrupt)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    options: ChunkOptions | None = requests.get()
    if options is None:
        return
    if options.made_at is not None:
        os.environ["SOURCE_DATE_EPOCH"] = str(options.made_at)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        try:
            colorizer = options.load()
        except PhotochromError as error:
            _answer(replies, error)
            return
        _answer(replies, "")
        for item in iter(requests.get, None):
            _answer(replies, color_item(item, colorizer, options))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends already


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End what is being done; whatever a library prints about it is for nobody."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    raise KeyboardInterrupt


def _listen(requests: "queue.SimpleQueue[Any]") -> None:
    """Read requests until the parent is gone; then end what is being done, at once."""
    source = os.fdopen(os.dup(0), "rb")  # Python aborts when it ends while a thread reads its own
    with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            requests.put(pickle.load(source))  # noqa: S301 - of the parent alone
    requests.put(None)  # whoever waits for a request is not woken by what follows
    _thread.interrupt_main(signal.SIGTERM)
    late = threading.Event()
    late.wait(_GRACE_S)
    os._exit(1)


def _answer(replies: BinaryIO, content: object) -> None:
    pickle.dump(content, replies)
    replies.flush()


def _asked(process: "subprocess.Popen[bytes]", request: object) -> Any:
    """Send a request and give its answer; None when the process died before it answered."""
    try:
        pickle.dump(request, cast(BinaryIO, process.stdin))
        cast(BinaryIO, process.stdin).flush()
        return pickle.load(cast(BinaryIO, process.stdout))  # noqa: S301 - of a child of ours
    except (EOFError, OSError, ValueError, pickle.UnpicklingError):
        return None


def _troubled(
    item: ChunkItem, trouble: Trouble, reason: str, elapsed_s: float = 0.0
) -> ChunkRecord:
    result = FileResult(status=Status.FAILED, reason=reason)
    return ChunkRecord(
        item=item, result=result, trouble=trouble, error=trouble, elapsed_s=elapsed_s
    )
