"""The database of a study: answers are appended, durable once acknowledged, never changed.

SQLite in WAL mode with ``synchronous=FULL``: a commit returns when the answer is on the disk, so
that neither a killed server nor a power cut takes back what a participant was told is stored.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, astuple, dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any, Final

from photochrom.errors import InputError, RunError
from photochrom.study.answers import Answer, Part, checked_answer
from photochrom.study.design.manifest import MANIFEST, StudyManifest, manifest_text, read_manifest
from photochrom.study.design.sessions import Trial, plan_session
from photochrom.study.folder import DATABASE
from photochrom.texts import json_line, parse_json

_APPLICATION_ID: Final = 0x70684373  # "phCs"
_VERSION: Final = 1
_WAIT_S: Final = 10.0
_ANSWER_FIELDS: Final = [item.name for item in fields(Answer)]
_ANSWER_COLUMNS: Final = ", ".join(_ANSWER_FIELDS)
_SCHEMA: Final = """
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Who takes part. The token itself is nowhere; whoever has the file cannot take somebody's place.
CREATE TABLE participants (
    name TEXT PRIMARY KEY,
    place INTEGER NOT NULL UNIQUE,
    token_sha256 BLOB NOT NULL UNIQUE,
    plan TEXT NOT NULL,
    begun_utc TEXT NOT NULL
) STRICT;

CREATE TABLE answers (
    participant TEXT NOT NULL REFERENCES participants (name),
    trial INTEGER NOT NULL,
    part TEXT NOT NULL,
    model TEXT NOT NULL,
    against TEXT NOT NULL,
    picture TEXT NOT NULL,
    left INTEGER NOT NULL,
    right INTEGER NOT NULL,
    choice TEXT NOT NULL,
    reaction_ms REAL NOT NULL,
    exposure_ms REAL,
    hidden INTEGER NOT NULL,
    screen TEXT NOT NULL,
    answered_utc TEXT NOT NULL,
    PRIMARY KEY (participant, trial)
) STRICT;

-- Filled for the length of the transaction in which somebody takes their answers back.
CREATE TABLE leaving (
    participant TEXT PRIMARY KEY
) STRICT;

CREATE TRIGGER answers_stay_as_given BEFORE UPDATE ON answers
BEGIN
    SELECT RAISE(ABORT, 'answers are never changed');
END;

CREATE TRIGGER answers_stay BEFORE DELETE ON answers
WHEN NOT EXISTS (SELECT 1 FROM leaving WHERE participant = OLD.participant)
BEGIN
    SELECT RAISE(ABORT, 'answers are deleted only with their participant');
END;

-- The next answer is the next trial's, whatever the program that writes it believes.
CREATE TRIGGER answers_come_in_order BEFORE INSERT ON answers
WHEN NEW.trial <> (SELECT count(*) FROM answers WHERE participant = NEW.participant)
BEGIN
    SELECT RAISE(ABORT, 'answers come in the order of trials');
END;
"""


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part.

    Attributes:
        name: opaque; what answers are stored under.
        trials: all trials of the session, in order.
        answered: how many of them are answered.
    """

    name: str
    trials: tuple[Trial, ...]
    answered: int

    @property
    def is_finished(self) -> bool:
        """Whether all trials are answered."""
        return self.answered >= len(self.trials)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it is stored, with what the statistics do not need.

    Attributes:
        answer: what they do need.
        choice: what the participant pressed: "left", "right", "real" or "colored".
        screen: size of page and pixels, and how long frames took.
    """

    answer: Answer
    choice: str
    screen: Mapping[str, float]


class StoreFullError(RunError):
    """The disk is full or cannot be written to; nothing was stored."""


def create_store(study: Path, manifest: StudyManifest) -> None:
    """Make the database of a new study.

    Raises:
        InputError: when it cannot be written.
    """
    try:
        with closing(sqlite3.connect(study / DATABASE)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.executescript(_SCHEMA)
            facts = {"manifest_sha256": _manifest_sum(manifest), "state": "open"}
            connection.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise InputError(f"{study / DATABASE} cannot be written: {error}") from error


def read_answers(study: Path) -> list[Answer]:
    """Read all answers of a study, also while it is being served.

    Returns:
        Answers in the order in which participants began, and of trials.

    Raises:
        InputError: when the folder holds no study, or a database damaged or of another version.
    """
    manifest = read_manifest(study)
    answers: list[Answer] = []
    with closing(_open(study / DATABASE, manifest)) as connection:
        query = (
            f"SELECT {_ANSWER_COLUMNS} FROM answers JOIN participants p ON p.name = participant "  # noqa: S608 - names of our own fields
            "ORDER BY p.rowid, trial"
        )
        try:
            for row in connection.execute(query):
                values = dict(zip(_ANSWER_FIELDS, row, strict=True))
                for name in ("left", "right", "hidden"):  # SQLite knows no truth values
                    values[name] = bool(values[name]) if isinstance(values[name], int) else None
                answers.append(checked_answer(values))
        except (sqlite3.Error, ValueError) as error:
            raise InputError(f"{study / DATABASE} is damaged: {error}") from error
    return answers


class Store:
    """The one writer of a study's answers; safe from many threads.

    Args:
        study: folder of the study.
        manifest: what was fixed when it was created.

    Raises:
        InputError: when the database is missing, damaged, of another version or another study's.
    """

    def __init__(self, study: Path, manifest: StudyManifest) -> None:
        self._manifest = manifest
        self._lock = RLock()
        self._connection = _open(study / DATABASE, manifest)
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA secure_delete = ON")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        """Fold the write-ahead log into the file, so that one file is the backup, and close it."""
        with self._lock:
            with _translated():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()

    @property
    def is_open(self) -> bool:
        """Whether new participants are let in."""
        with self._lock:
            row = self._connection.execute("SELECT value FROM facts WHERE name = 'state'")
            return bool(row.fetchone()[0] == "open")

    def set_open(self, *, is_open: bool) -> None:
        """Open or close the study for everybody.

        Raises:
            StoreFullError: when that cannot be stored.
        """
        with self._writing() as connection:
            state = "open" if is_open else "closed"
            connection.execute("UPDATE facts SET value = ? WHERE name = 'state'", (state,))

    def admit(self, name: str, token: str) -> Participant:
        """Give somebody new the first free place.

        Args:
            name: opaque.
            token: the secret by which they are known.

        Raises:
            StoreFullError: when that cannot be stored.
        """
        with self._writing() as connection:
            rows = connection.execute("SELECT place FROM participants ORDER BY place")
            taken = [row[0] for row in rows]  # but by those who left, who gave theirs back
            place = next((at for at, held in enumerate(taken) if at != held), len(taken))
            trials = plan_session(self._manifest, place)
            plan = json_line([asdict(trial) for trial in trials])
            connection.execute(
                "INSERT INTO participants VALUES (?, ?, ?, ?, ?)",
                (name, place, _token_sum(token), plan, _now_utc()),
            )
        return Participant(name, trials, 0)

    def find(self, token: str) -> Participant | None:
        """Find the participant with a token; None when there is none."""
        with self._lock:
            row = self._connection.execute(
                "SELECT name, plan, (SELECT count(*) FROM answers WHERE participant = name) "
                "FROM participants WHERE token_sha256 = ?",
                (_token_sum(token),),
            ).fetchone()
        if row is None:
            return None
        trials = tuple(Trial(**{**each, "part": Part(each["part"])}) for each in parse_json(row[1]))
        return Participant(row[0], trials, row[2])

    def choice(self, participant: str, trial: int) -> str | None:
        """Give what a participant pressed at a trial; None when it is not answered yet."""
        with self._lock:
            row = self._connection.execute(
                "SELECT choice FROM answers WHERE participant = ? AND trial = ?",
                (participant, trial),
            ).fetchone()
        return None if row is None else str(row[0])

    def append(self, stored: StoredAnswer) -> None:
        """Store an answer; when this returns it is on the disk.

        Raises:
            StoreFullError: when it cannot be stored; then it is not.
            sqlite3.IntegrityError: when it is not the participant's next trial.
        """
        values = (
            *astuple(stored.answer),
            stored.choice,
            json_line(stored.screen),
            _now_utc(),
        )
        marks = ", ".join("?" * len(values))
        columns = f"{_ANSWER_COLUMNS}, choice, screen, answered_utc"
        with self._writing() as connection:
            connection.execute(f"INSERT INTO answers ({columns}) VALUES ({marks})", values)  # noqa: S608 - names of our own fields

    def forget(self, participant: str) -> None:
        """Delete a participant and all their answers for good; their place is free again.

        Raises:
            StoreFullError: when that cannot be stored.
        """
        with self._writing() as connection:
            connection.execute("INSERT INTO leaving VALUES (?)", (participant,))
            connection.execute("DELETE FROM answers WHERE participant = ?", (participant,))
            connection.execute("DELETE FROM participants WHERE name = ?", (participant,))
            connection.execute("DELETE FROM leaving")
        with self._lock, _translated():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def progress(self) -> list[tuple[int, int]]:
        """List for each participant how many trials are answered, and of how many."""
        with self._lock:
            return self._connection.execute(
                "SELECT (SELECT count(*) FROM answers WHERE participant = name), "
                "json_array_length(plan) FROM participants ORDER BY rowid"
            ).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction: all of it is stored, or nothing."""
        with self._lock, _translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the disk refuses into one line."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreFullError(f"nothing was stored: {error}") from error


def _open(path: Path, manifest: StudyManifest) -> sqlite3.Connection:
    """Open a database that is of this version and of this study."""
    if not path.is_file():
        raise InputError(f"{path} is missing, so its answers are; restore it from a copy")
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=_WAIT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _check(connection, path, manifest)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise InputError(f"{path} cannot be read: {error}") from error
    except InputError:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path, manifest: StudyManifest) -> None:
    """Refuse what is not this study's database, before anything of it is read."""
    connection.execute("PRAGMA trusted_schema = OFF")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION_ID:
        raise InputError(f"{path} is not the database of a study")
    if version != _VERSION:
        made = f"{path} is of version {version}, this photochrom reads {_VERSION}"
        raise InputError(f"{made}; use the photochrom that made it")
    facts: dict[str, Any] = dict(connection.execute("SELECT name, value FROM facts"))
    if facts.get("manifest_sha256") != _manifest_sum(manifest):
        why = "one of the two was changed or comes from another study"
        raise InputError(f"{path} and {MANIFEST} do not belong together: {why}")


def _manifest_sum(manifest: StudyManifest) -> str:
    return sha256(manifest_text(manifest).encode()).hexdigest()


def _token_sum(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _now_utc() -> str:
    """Give the time for the record; nothing is ordered or measured by it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
