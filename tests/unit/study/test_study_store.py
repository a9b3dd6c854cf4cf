"""The database: durable, append-only, of this version, and free of what was deleted."""

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.studies import copy_of

from photochrom.errors import InputError
from photochrom.study.design.manifest import read_manifest, write_manifest
from photochrom.study.server import store as store_module
from photochrom.study.server.store import (
    Participant,
    Store,
    StoredAnswer,
    StoreFullError,
    read_answers,
)


@pytest.fixture
def study(made_study: Path, tmp_path: Path) -> Path:
    return copy_of(made_study, tmp_path)


def opened(study: Path) -> Store:
    return Store(study, read_manifest(study))


def given(who: Participant, trial: int) -> StoredAnswer:
    planned = who.trials[trial]
    answer = planned.answered(
        participant=who.name,
        trial=trial,
        right=True,
        reaction_ms=500.25,
        exposure_ms=1000.0,
        hidden=False,
    )
    return StoredAnswer(answer, "left", {"width": 400.0})


def answered(store: Store, name: str = "p1", count: int = 3) -> Participant:
    who = store.admit(name, f"code of {name}")
    for trial in range(count):
        store.append(given(who, trial))
    return who


def test_answers_come_back_as_given_in_the_order_of_participants_and_trials(study: Path) -> None:
    with closing(opened(study)) as store:
        people = [answered(store, name) for name in ("z", "a")]
    expected = [given(who, trial).answer for who in people for trial in range(3)]
    assert read_answers(study) == expected


def test_answers_are_read_while_the_study_is_served(study: Path) -> None:
    with closing(opened(study)) as store:
        answered(store)
        assert len(read_answers(study)) == 3


def test_somebody_is_found_by_their_code_and_nobody_by_another(study: Path) -> None:
    with closing(opened(study)) as store:
        who = answered(store)
        found = store.find("code of p1")
        assert found == replace(who, answered=3)
        assert store.find("code of p2") is None
    content = (study / "study.sqlite").read_bytes()
    assert b"code of p1" not in content


def test_answers_cannot_be_changed_deleted_doubled_or_reordered(study: Path) -> None:
    with closing(opened(study)) as store:
        who = answered(store)
        for trial in (2, 0, 4):
            with pytest.raises(sqlite3.IntegrityError):
                store.append(given(who, trial))
    with closing(sqlite3.connect(study / "study.sqlite")) as raw:
        for statement in ("UPDATE answers SET right = 0", "DELETE FROM answers"):
            with pytest.raises(sqlite3.IntegrityError, match="answers are"):
                raw.execute(statement)
    assert len(read_answers(study)) == 3


def test_deleted_answers_are_gone_from_the_file_and_their_place_is_free(study: Path) -> None:
    with closing(opened(study)) as store:
        first = answered(store, "somebodywholeaves")
        answered(store, "another")
        store.forget(first.name)
        assert store.find("code of somebodywholeaves") is None
        for file in study.glob("study.sqlite*"):
            assert b"somebodywholeaves" not in file.read_bytes()
        assert store.admit("next", "code").trials == first.trials
    assert {answer.participant for answer in read_answers(study)} == {"another"}


def test_a_clock_that_jumps_back_changes_no_order(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        year = 2030

        @classmethod
        def now(cls, zone: object) -> datetime:
            cls.year -= 1
            return datetime(cls.year, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(store_module, "datetime", Clock)
    with closing(opened(study)) as store:
        answered(store, "first")
        answered(store, "second")
    assert [(a.participant, a.trial) for a in read_answers(study)] == [
        (name, trial) for name in ("first", "second") for trial in range(3)
    ]


def test_a_full_disk_stores_nothing_and_says_so(study: Path) -> None:
    with closing(opened(study)) as store:
        who = answered(store)
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        large = replace(given(who, 3), screen={f"measure {n}": 1.0 for n in range(1000)})
        with pytest.raises(StoreFullError, match=r"nothing was stored: .*full"):
            store.append(large)
        assert store.find("code of p1") == replace(who, answered=3)
        store._connection.execute(f"PRAGMA max_page_count = {pages + 100}")
        store.append(large)
    assert len(read_answers(study)) == 4


def test_many_threads_lose_nothing(study: Path) -> None:
    with closing(opened(study)) as store:
        threads = [threading.Thread(target=answered, args=(store, f"p{n}", 7)) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(read_answers(study)) == 12 * 7


def test_answers_are_durable_before_they_are_acknowledged(study: Path) -> None:
    with closing(opened(study)) as store:
        assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_one_file_is_the_backup_once_the_server_has_ended(study: Path) -> None:
    with closing(opened(study)) as store:
        answered(store)
    assert [file.name for file in study.glob("study.sqlite*")] == ["study.sqlite"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("PRAGMA user_version = 2", "is of version 2, this photochrom reads 1"),
        ("PRAGMA application_id = 5", "is not the database of a study"),
    ],
)
def test_a_database_of_another_version_is_refused(study: Path, statement: str, words: str) -> None:
    with closing(sqlite3.connect(study / "study.sqlite")) as raw:
        raw.execute(statement)
    for read in (opened, read_answers):
        with pytest.raises(InputError, match=words):
            read(study)


def test_a_damaged_or_missing_database_is_refused(study: Path) -> None:
    path = study / "study.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(InputError, match="cannot be read"):
        opened(study)
    path.unlink()
    with pytest.raises(InputError, match="is missing"):
        read_answers(study)
    assert not path.exists()


def test_the_manifest_cannot_be_exchanged_once_the_study_is_made(study: Path) -> None:
    changed = replace(read_manifest(study), exposure_ms=2000.0)
    write_manifest(study, changed)
    with pytest.raises(InputError, match="do not belong together"):
        read_answers(study)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE answers SET part = 'tea break'",
        "UPDATE answers SET reaction_ms = 'soon'",
        "UPDATE answers SET reaction_ms = -1.0",
        "UPDATE answers SET exposure_ms = 9e999",
        "UPDATE answers SET hidden = 'no'",
        "UPDATE answers SET model = x'00'",
        "ALTER TABLE answers DROP COLUMN trial",
    ],
)
def test_a_strangers_answers_are_damaged_in_one_line(study: Path, change: str) -> None:
    """A table of a stranger need not keep the types of ours."""
    with closing(opened(study)) as store:
        answered(store)
    with closing(sqlite3.connect(study / "study.sqlite")) as connection:
        connection.execute("CREATE TABLE loose AS SELECT * FROM answers")  # its triggers go as well
        connection.execute("DROP TRIGGER answers_stay")
        connection.execute("DROP TABLE answers")
        connection.execute("ALTER TABLE loose RENAME TO answers")
        connection.execute(change)
        connection.commit()
    with pytest.raises(InputError, match="is damaged"):
        read_answers(study)
