from pathlib import Path

import numpy as np
import pytest

from photochrom.errors import InputError
from photochrom.work.journal import Journal


def test_arrays_come_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "journal", "one")
    journal.add(3, {"a": np.arange(4.0).reshape(2, 2)})
    journal.close()
    again = Journal(tmp_path / "deep" / "journal", "one")
    found = again.find(3)
    assert found is not None
    assert found["a"].tolist() == [[0, 1], [2, 3]]
    assert again.find(2) is None


def test_another_run_starts_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "one")
    journal.add(3, {"a": np.zeros(1)})
    journal.close()
    assert Journal(tmp_path / "journal", "two").find(3) is None


def test_a_file_of_another_kind_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"no database at all" * 100)
    with pytest.raises(InputError, match="delete it to start anew"):
        Journal(tmp_path / "journal", "one")


def test_without_a_path_nothing_is_kept() -> None:
    journal, measured = Journal(None, ""), []
    for _ in range(2):
        journal.measured("a", lambda: measured.append(1) or {"a": np.zeros(1)})
    assert len(measured) == 2
    journal.finish()


def test_what_is_kept_is_not_measured_again(tmp_path: Path) -> None:
    journal, measured = Journal(tmp_path / "journal", "one"), []
    for _ in range(2):
        found = journal.measured("a", lambda: measured.append(1) or {"a": np.ones(2)})
        assert found["a"].tolist() == [1, 1]
    assert len(measured) == 1
