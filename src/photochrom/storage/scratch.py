"""A folder of this process's own for what is on its way from or to object storage."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from photochrom.files import lock

_PREFIX: Final = "photochrom-scratch-"
_HELD: Final = "held"  # the file that is locked while its process lives


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make an empty folder where temporary files go, which is removed when the block ends.

    Those that killed processes left behind are removed, too.

    Raises:
        OSError: when it cannot be made.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (left / _HELD).open("r+b") as held:
            if lock(held):
                shutil.rmtree(left)
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as made,
        (Path(made) / _HELD).open("xb") as held,
    ):
        lock(held)
        inner = Path(made) / "files"
        inner.mkdir()
        yield inner
