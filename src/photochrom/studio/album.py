"""The photographs of a studio, in a database beside the results: what each is, and how far it is.

SQLite in WAL mode, so that a killed server leaves an album that the next one goes on with.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import RLock
from typing import Any, Final

from photochrom.errors import InputError
from photochrom.files import lock
from photochrom.studio.adjustments import Adjustments
from photochrom.texts import json_line, parse_json

DATABASE: Final = "studio.sqlite"
ORIGINALS: Final = "originals"
MOST_PHOTOGRAPHS: Final = 10_000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS photographs (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    path BLOB,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    facts TEXT NOT NULL DEFAULT '{}',
    adjustments TEXT NOT NULL,
    saved TEXT NOT NULL DEFAULT '',
    saved_with TEXT NOT NULL DEFAULT '',
    changed INTEGER NOT NULL,
    thumbnail BLOB,
    key TEXT UNIQUE
) STRICT;
CREATE INDEX IF NOT EXISTS waiting ON photographs (state, position);
"""
_SINCE_KEYS: Final = """
ALTER TABLE photographs ADD COLUMN key TEXT;
CREATE UNIQUE INDEX keys ON photographs (key);
"""
_COLUMNS: Final = "id, name, path, state, reason, facts, adjustments, saved, saved_with, changed"


class NoPhotographError(LookupError):
    """There is no such photograph, or not any more."""


class State(StrEnum):
    """How far a photograph is."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """One photograph of the album.

    Attributes:
        id: random; what requests call it.
        name: what the person calls it; any text.
        path: where the original lies, of those that were named at the start; None for those that
            came through the page and lie among the studio's originals.
        state: how far it is.
        reason: why it failed, in plain words.
        facts: what is known of it: height, width, notes, tone, confidence, caption.
        adjustments: how it is colored.
        saved: file name of its result in the studio's folder; empty when there is none that was
            made with these adjustments.
        changed: grows with every change in the album.
    """

    id: str
    name: str
    path: Path | None
    state: State
    reason: str
    facts: dict[str, Any]
    adjustments: Adjustments
    saved: str
    changed: int

    @property
    def caption(self) -> str:
        """What is said of it: by the person, else in its file."""
        told = self.adjustments.caption
        return self.facts.get("caption", "") if told is None else told


class Album:
    """The photographs of one folder; safe from many threads.

    Args:
        folder: of the results; made when missing.

    Raises:
        InputError: when the folder cannot be used, or another studio works in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = RLock()
        self._listeners: set[Callable[[], None]] = set()
        try:
            (folder / ORIGINALS).mkdir(parents=True, exist_ok=True)
            self._held = (folder / f"{DATABASE}.lock").open("ab")
            lock(self._held)
            for unfinished in (folder / ORIGINALS).glob(".*"):  # of a server that was killed
                shutil.rmtree(unfinished) if unfinished.is_dir() else unfinished.unlink()
            self._database = sqlite3.connect(
                folder / DATABASE, isolation_level=None, check_same_thread=False
            )
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(_SCHEMA)
            columns = self._database.execute("PRAGMA table_info(photographs)").fetchall()
            if "key" not in {name for _, name, *_ in columns}:  # an album of an earlier version
                self._database.executescript(_SINCE_KEYS)
        except BlockingIOError:
            self._held.close()
            raise InputError(f"{folder}: another studio is at work in this folder") from None
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{folder}: cannot be used for results: {reason}") from error
        with self._changing() as (database, changed):
            database.execute(
                "UPDATE photographs SET state = 'waiting', changed = ? WHERE state = 'working'",
                (changed,),
            )

    def close(self) -> None:
        """Let go of the folder."""
        with self._lock:
            self._database.close()
            self._held.close()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call something after every change, from any thread; gives what ends that."""
        with self._lock:
            self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def tell(self) -> None:
        """Call who listens, as after a change."""
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def add(
        self,
        name: str,
        *,
        path: Path | None = None,
        original: Path | None = None,
        key: str = "",
    ) -> Photograph:
        """Add a photograph, to be colored.

        Args:
            name: what the person calls it.
            path: where it lies; None when ``original`` is given.
            original: a file in the folder of originals, which gets the photograph's id for a name.
            key: of the request that brought it, if it has one.

        Returns:
            The photograph; the one that is there already when it has the same path or key.

        Raises:
            InputError: when the album is full.
        """
        identity = secrets.token_urlsafe(9)
        with self._changing() as (database, changed):
            known = None if path is None else self._one("path = ?", os.fsencode(path))
            known = self._one("key = ?", key) if key else known
            if known is not None:
                return known
            (count,) = database.execute("SELECT count(*) FROM photographs").fetchone()
            if count >= MOST_PHOTOGRAPHS:
                raise InputError(f"an album holds {MOST_PHOTOGRAPHS} photographs at most")
            if original is not None:
                original.rename(self.folder / ORIGINALS / identity)
            database.execute(
                "INSERT INTO photographs (id, name, path, state, adjustments, changed, key)"
                " VALUES (?, ?, ?, 'waiting', ?, ?, ?)",
                (
                    identity,
                    name,
                    None if path is None else os.fsencode(path),
                    json_line(Adjustments().as_content()),
                    changed,
                    key or None,
                ),
            )
            return self.find(identity)

    def find(self, identity: str) -> Photograph:
        """Find a photograph.

        Raises:
            NoPhotographError: when there is none.
        """
        found = self._one("id = ?", identity)
        if found is None:
            raise NoPhotographError(identity)
        return found

    def next_waiting(self) -> Photograph | None:
        """Give the photograph that has waited longest."""
        return self._one("state = 'waiting' ORDER BY position")

    def original(self, photograph: Photograph) -> Path:
        """Say where the original lies."""
        if photograph.path is not None:
            return photograph.path
        return self.folder / ORIGINALS / photograph.id

    def update(self, identity: str, *, thumbnail: bytes | None = None, **values: Any) -> Photograph:
        """Change what is known of a photograph.

        Args:
            identity: of the photograph.
            thumbnail: a small picture of it, as a file; None leaves it.
            values: fields of `Photograph`.

        Raises:
            NoPhotographError: when it is not there, or not any more.
        """
        if "facts" in values:
            values["facts"] = json_line(values["facts"])
        if "adjustments" in values:
            values["adjustments"] = json_line(values["adjustments"].as_content())
        if thumbnail is not None:
            values["thumbnail"] = thumbnail
        with self._changing() as (database, changed):
            values["changed"] = changed
            named = ", ".join(f"{name} = :{name}" for name in values)
            update = f"UPDATE photographs SET {named} WHERE id = :id"  # noqa: S608
            database.execute(update, {**values, "id": identity})
            return self.find(identity)

    def finish(self, photograph: Photograph, **values: Any) -> None:
        """Record what was made of a photograph; it waits again when it was adjusted meanwhile.

        Raises:
            NoPhotographError: when it is not there any more.
        """
        with self._lock:
            now = self.find(photograph.id)
            if now.adjustments != photograph.adjustments:
                values["state"] = State.WAITING
            self.update(photograph.id, **values)

    def note_saved(self, photograph: Photograph, name: str) -> Photograph:
        """Record that a photograph lies under a name in the folder, as it was adjusted then.

        Raises:
            NoPhotographError: when it is not there any more.
        """
        adjustments = json_line(photograph.adjustments.as_content())
        return self.update(photograph.id, saved=name, saved_with=adjustments)

    def thumbnail(self, identity: str) -> bytes | None:
        """Give the small picture of a photograph; None when there is none."""
        with self._lock:
            query = "SELECT thumbnail FROM photographs WHERE id = ?"
            row = self._database.execute(query, (identity,)).fetchone()
        return row[0] if row else None

    def remove(self, identity: str) -> None:
        """Take a photograph out of the album; its copy goes, files of the person's own stay.

        Raises:
            NoPhotographError: when it is not there.
        """
        photograph = self.find(identity)
        with self._changing() as (database, _):
            database.execute("DELETE FROM photographs WHERE id = ?", (identity,))
            if photograph.path is None:
                self.original(photograph).unlink(missing_ok=True)

    def since(self, version: int) -> tuple[int, list[str], list[Photograph]]:
        """Tell what has changed.

        Args:
            version: up to which it is known; 0 for nothing.

        Returns:
            The version now, the ids of all photographs in order, and those that changed.
        """
        query = f"SELECT {_COLUMNS} FROM photographs WHERE changed > ? ORDER BY position"  # noqa: S608
        with self._lock:
            ids = self._database.execute("SELECT id FROM photographs ORDER BY position").fetchall()
            rows = self._database.execute(query, (version,)).fetchall()
            return self._version(), [identity for (identity,) in ids], list(map(_photograph, rows))

    @property
    def version(self) -> int:
        """Grows with every change."""
        with self._lock:
            return self._version()

    def _version(self) -> int:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        return int(version)

    def _one(self, condition: str, *values: object) -> Photograph | None:
        query = f"SELECT {_COLUMNS} FROM photographs WHERE {condition} LIMIT 1"  # noqa: S608
        with self._lock:
            row = self._database.execute(query, values).fetchone()
        return _photograph(row) if row else None

    @contextmanager
    def _changing(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """Change the album as a whole or not at all, and tell who listens."""
        with self._lock:
            changed = self._version() + 1
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database, changed
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute(f"PRAGMA user_version = {changed}")
            self._database.execute("COMMIT")
        self.tell()


def _photograph(row: Sequence[Any]) -> Photograph:
    identity, name, path, state, reason, facts, adjustments, saved, saved_with, changed = row
    return Photograph(
        id=identity,
        name=name,
        path=None if path is None else Path(os.fsdecode(path)),
        state=State(state),
        reason=reason,
        facts=parse_json(facts),
        adjustments=Adjustments.from_content(parse_json(adjustments)),
        saved=saved if saved_with == adjustments else "",
        changed=changed,
    )
