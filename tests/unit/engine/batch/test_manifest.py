import json
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest

from photochrom.engine.batch.manifest import (
    MANIFEST_NAME,
    Entry,
    FileNow,
    Fingerprint,
    Manifest,
    Status,
    read_entries,
)
from photochrom.errors import InputError
from photochrom.files import file_sha256


def _entry(name: str = "../a.jpg", status: Status = Status.COLORIZED) -> Entry:
    return Entry(
        input=name,
        status=status,
        input_file=Fingerprint(sha256="ab" * 32, size=3, mtime_ns=5),
        output="a.jpg",
        notes=("first of 3 pages",),
        confidence=0.5,
    )


def test_an_entry_survives_its_line() -> None:
    entry = _entry()
    assert entry.to_line().count(b"\n") == 1
    assert Entry.from_line(entry.to_line()) == entry


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b'{"input": "a", "stat',
        b"[1, 2]",
        b'{"input": "a"}',
        b'{"input": 3, "status": "colorized"}',
        b'{"input": "a", "status": "eaten"}',
        b'{"input": "a", "status": "colorized", "input_sha256": "ab"}',
        b'{"input": "a", "status": "colorized", "notes": 7}',
        b'{"input": "a", "status": "colorized", "confidence": "high"}',
        b'{"input": "a", "status": "colorized", "output": ["x"]}',
        b"\xff\xfe\x00",
        pytest.param(b"[" * 200_000, id="nested too deeply"),
        b'{"input": "a\\u0000b", "status": "colorized"}',
        b'{"input": "a\\ud800b", "status": "colorized"}',
    ],
)
def test_a_line_that_is_no_entry_is_none(line: bytes) -> None:
    assert Entry.from_line(line) is None


STRANGE = (["a"], {"a": 1}, 7, True, 1e400, [[]], None)


@pytest.mark.parametrize("member", sorted(json.loads(_entry().to_line())))
def test_no_member_of_another_type_reaches_a_run(member: str) -> None:
    for strange in STRANGE:
        told = json.loads(_entry().to_line()) | {member: strange}
        entry = Entry.from_line(json.dumps(told).encode())
        if entry is not None:  # then nobody stumbles over it
            assert {type(entry.reason), type(entry.tone), type(entry.input)} == {str}
            assert entry.confidence is None or f"{entry.confidence:.0%}"
            assert isinstance(hash((entry.output, entry.notes, entry.input_file)), int)


def test_a_confidence_that_is_no_number_is_null() -> None:
    line = replace(_entry(), confidence=float("nan")).to_line()
    assert b"NaN" not in line
    found = Entry.from_line(line)
    assert found is not None
    assert found.confidence is None


def test_members_of_later_versions_are_passed_over() -> None:
    entry = Entry.from_line(b'{"input": "a", "status": "skipped", "mood": "blue"}')
    assert entry == Entry(input="a", status=Status.SKIPPED)


def test_the_last_line_about_an_input_counts(tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    with Manifest(tmp_path / "out") as manifest:
        manifest.append(_entry(manifest.name_of(source), Status.STARTED), is_final=False)
        manifest.append(_entry(manifest.name_of(source)))
    with Manifest(tmp_path / "out") as manifest:
        found = manifest.get(source)
    assert found is not None
    assert found.status is Status.COLORIZED
    assert len(list(read_entries(tmp_path / "out"))) == 2


def test_a_torn_last_line_is_passed_over_and_mended(tmp_path: Path) -> None:
    with Manifest(tmp_path) as manifest:
        manifest.append(_entry("one"))
        manifest.append(_entry("two"))
    path = tmp_path / MANIFEST_NAME
    path.write_bytes(path.read_bytes()[:-25])
    with Manifest(tmp_path) as manifest:
        manifest.append(_entry("three"))
        manifest.append(_entry("four"))
    assert [entry.input for entry in read_entries(tmp_path)] == ["one", "three", "four"]


def test_names_are_relative_so_that_folders_can_move_together(tmp_path: Path) -> None:
    with Manifest(tmp_path / "album-color") as manifest:
        assert manifest.name_of(tmp_path / "album" / "b" / "c.jpg") == "../album/b/c.jpg"
        assert manifest.name_of(tmp_path / "album-color" / "c.jpg") == "c.jpg"


def test_names_that_are_not_unicode_can_be_recorded(tmp_path: Path) -> None:
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg"))
    with Manifest(tmp_path / "out") as manifest:
        manifest.append(_entry(manifest.name_of(source)))
    with Manifest(tmp_path / "out") as manifest:
        assert manifest.get(source) is not None


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write to .*file"):
        Manifest(tmp_path / "file" / "out")


def test_a_fingerprint_trusts_time_and_size_then_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    known = FileNow(path).fingerprint()
    assert FileNow(path).matches(known)
    os.utime(path, (1, 1))
    assert FileNow(path).matches(known)  # touched, but the same bytes
    path.write_bytes(b"abd")
    os.utime(path, (1, 1))
    assert not FileNow(path).matches(known)
    with pytest.raises(FileNotFoundError):
        FileNow(tmp_path / "gone")


def test_other_bytes_of_the_same_size_and_time_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(bytes(2**20))
    os.utime(path, (1, 1))
    known = FileNow(path).fingerprint()
    for place in (5, 2**19, 2**18):  # in the sample, and where only the checksum sees it
        changed = bytearray(2**20)
        changed[place] = 1
        path.write_bytes(changed)
        os.utime(path, (1, 1))
        assert not FileNow(path).matches(known)


def test_an_untouched_file_is_known_without_reading_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(bytes(2**20))
    known = FileNow(path).fingerprint()
    monkeypatch.delattr(FileNow, "sha256")
    assert FileNow(path).matches(known)
    assert FileNow(path).fingerprint(known) == known


def test_fingerprints_of_earlier_versions_are_compared_by_checksum(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    now = FileNow(path)
    old = Fingerprint(sha256=now.sha256, size=3, mtime_ns=now.mtime_ns)
    assert now.matches(old)
    assert not now.matches(Fingerprint(sha256="ab" * 32, size=3, mtime_ns=now.mtime_ns))
    assert now.fingerprint(old) == now.fingerprint()


def test_lines_of_earlier_versions_are_read() -> None:
    line = (
        b'{"input": "../a.jpg", "status": "colorized", "output": "a.jpg", "output_sha256": "cd", '
        b'"input_sha256": "ab", "input_size": 3, "input_mtime_ns": 5}'
    )
    entry = Entry.from_line(line)
    assert entry is not None
    assert entry.input_file == Fingerprint(sha256="ab", size=3, mtime_ns=5)
    assert entry.output_size is None


def test_a_photograph_is_found_by_its_bytes_whatever_its_name(tmp_path: Path) -> None:
    first, second = tmp_path / "1.tif", tmp_path / "2.tif"
    first.write_bytes(b"first")
    second.write_bytes(b"other")
    with Manifest(tmp_path / "out") as manifest:
        results = [manifest.folder / path.name for path in (first, second)]
        for path, result in zip((first, second), results, strict=True):
            fingerprint = FileNow(path).fingerprint()
            entry = _entry(manifest.name_of(path))
            manifest.append(replace(entry, input_file=fingerprint, output=result.name))
        moved = second.rename(tmp_path / "moved.tif")
        first.rename(second)
        found = manifest.about(FileNow(moved), results[0])
        assert found is not None
        assert found.output == "2.tif"
        found = manifest.about(FileNow(second), results[1])
        assert found is not None
        assert found.output == "1.tif"
        second.write_bytes(b"third")
        assert manifest.about(FileNow(second), results[1]) is None


def test_a_result_belongs_to_the_last_line_about_its_place(tmp_path: Path) -> None:
    with Manifest(tmp_path) as manifest:
        manifest.append(_entry("../a.jpg"))
        manifest.append(_entry("../b.jpg"))
        owner = manifest.owner_of(tmp_path / "a.jpg", tmp_path.parent / "c.jpg")
        assert owner is not None
        assert owner.input == "../b.jpg"
        manifest.append(_entry("../b.jpg", Status.STARTED), is_final=False)
        failed = replace(_entry("../b.jpg", Status.FAILED), output=None)
        manifest.append(failed)  # what was begun never came to lie there
        assert manifest.owner_of(tmp_path / "a.jpg", tmp_path.parent / "c.jpg") is None


def test_sha256_is_the_published_one(tmp_path: Path) -> None:
    path = tmp_path / "abc"  # FIPS 180-2, appendix B.1
    path.write_bytes(b"abc")
    assert file_sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def _try_to_open(folder: Path, answer: "multiprocessing.Queue[str]") -> None:
    try:
        Manifest(folder)
        answer.put("opened")
    except InputError as error:
        answer.put(str(error))


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    context = multiprocessing.get_context("spawn")
    answer: multiprocessing.Queue[str] = context.Queue()
    with Manifest(tmp_path):
        process = context.Process(target=_try_to_open, args=(tmp_path, answer))
        process.start()
        text = answer.get(timeout=30)
        process.join()
    assert text.startswith("another run is writing to")
