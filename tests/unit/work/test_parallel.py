import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from photochrom.work.parallel import is_stopped, stoppable_pool

_SCRIPT = """
import ctypes, sys
from threading import Barrier, Thread
from photochrom.work.parallel import share_one_heap

def take() -> None:
    together.wait()  # a thread that has ended leaves its heap to the next
    bytearray(60_000)
    together.wait()

share_one_heap()
together = Barrier(8)
threads = [Thread(target=take) for _ in range(8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(library.fopen(sys.argv[1].encode(), b"w"))
library.malloc_info(0, file)
library.fclose(file)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="heaps of glibc")
def test_threads_do_not_keep_a_heap_each(tmp_path: Path) -> None:
    told = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", _SCRIPT, str(told)], check=True)
    assert told.read_text().count("<heap nr=") == 1


def test_a_thread_that_begins_as_ctrl_c_comes_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began, ended = Event(), Event()

    def work() -> None:
        began.set()
        while not is_stopped():
            time.sleep(0.001)
        ended.set()

    start = Thread.start

    def interrupted(thread: Thread) -> None:
        start(thread)
        began.wait()
        raise KeyboardInterrupt

    monkeypatch.setattr(Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt), stoppable_pool(2) as pool:
        pool.submit(work)
    assert ended.is_set()
