"""What a killed run has measured so far, so that running it again goes on from there."""

import io
import json
import sqlite3
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib.metadata import version
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


def fingerprint(*facts: object) -> str:
    """Sum up, beside this version, facts that the numbers of a run hang on."""
    return sha256(json.dumps([version("photochrom"), *facts]).encode()).hexdigest()


class Journal:
    """Measured pictures of one run, safe from many threads; another run's are thrown away.

    A picture is known by its place, or by whatever else tells it from all others.

    Args:
        path: of the file; its folder is made when missing. None keeps nothing.
        known_by: the fingerprint of everything that the numbers hang on.

    Raises:
        InputError: when the file cannot be used.
    """

    def __init__(self, path: Path | None, known_by: str) -> None:
        self._path = path
        self._lock = Lock()
        self._base: sqlite3.Connection | None = None
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            for statement in _TABLES:
                self._base.execute(statement)
            if self._base.execute("SELECT fingerprint FROM run").fetchone() != (known_by,):
                self._base.execute("DELETE FROM picture")
                self._base.execute("DELETE FROM run")
                self._base.execute("INSERT INTO run VALUES (?)", (known_by,))
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path} cannot be used: {error}; delete it to start anew") from error

    def measured(self, place: int | str, measure: Callable[[], dict[str, F64]]) -> dict[str, F64]:
        """Give the arrays of a picture: those that are kept, or else measure and keep them."""
        arrays = self.find(place)
        if arrays is None:
            arrays = measure()
            self.add(place, arrays)
        return arrays

    def find(self, place: int | str) -> dict[str, F64] | None:
        """Give the arrays of a picture; None when it was not measured."""
        if self._base is None:
            return None
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
        if self._base is None:
            return
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]  # the stubs confuse names and flags
        with self._lock:
            self._base.execute(
                "INSERT OR REPLACE INTO picture VALUES (?, ?)", (place, buffer.getvalue())
            )

    def close(self) -> None:
        """Close the file, which stays."""
        if self._base is not None:
            self._base.close()

    def finish(self) -> None:
        """Remove the file: everything in it is in the report."""
        self.close()
        forget_journal(self._path)


def forget_journal(path: Path | None) -> None:
    """Remove a journal when everything in it is in the report; None is no journal."""
    if path is not None:
        path.unlink(missing_ok=True)
