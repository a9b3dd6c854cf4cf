"""What a killed run has measured so far, so that running it again goes on from there."""

import io
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import InputError

F64 = NDArray[np.float64]

JOURNAL: Final = ".measured.sqlite"
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS run (fingerprint TEXT)",
    "CREATE TABLE IF NOT EXISTS picture (place PRIMARY KEY, sums BLOB)",
)


class Journal:
    """Measured pictures of one run, safe from many threads; another run's are thrown away.

    A picture is known by its place, or by whatever else tells it from all others.

    Args:
        path: of the file; its folder is made when missing.
        fingerprint: of everything that the numbers hang on.

    Raises:
        InputError: when the file cannot be used.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._lock = Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._base = self._opened(fingerprint)
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path} cannot be used: {error}; delete it to start anew") from error

    def _opened(self, fingerprint: str) -> sqlite3.Connection:
        base = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        for statement in _TABLES:
            base.execute(statement)
        if base.execute("SELECT fingerprint FROM run").fetchone() != (fingerprint,):
            base.execute("DELETE FROM picture")
            base.execute("DELETE FROM run")
            base.execute("INSERT INTO run VALUES (?)", (fingerprint,))
        return base

    def find(self, place: int | str) -> dict[str, F64] | None:
        """Give the arrays of a picture; None when it was not measured."""
        with self._lock:
            row = self._base.execute(
                "SELECT sums FROM picture WHERE place = ?", (place,)
            ).fetchone()
        if row is None:
            return None
        with np.load(io.BytesIO(row[0]), allow_pickle=False) as stored:
            return dict(stored)

    def add(self, place: int | str, arrays: Mapping[str, F64]) -> None:
        """Keep the arrays of a picture."""
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]  # the stubs confuse names and flags
        with self._lock:
            self._base.execute(
                "INSERT OR REPLACE INTO picture VALUES (?, ?)", (place, buffer.getvalue())
            )

    def close(self) -> None:
        """Close the file, which stays."""
        self._base.close()

    def finish(self) -> None:
        """Remove the file: everything in it is in the report."""
        self.close()
        forget_journal(self._path)


def forget_journal(path: Path | None) -> None:
    """Remove a journal when everything in it is in the report; None is no journal.

    Args:
        path: of the file.
    """
    if path is not None:
        path.unlink(missing_ok=True)
