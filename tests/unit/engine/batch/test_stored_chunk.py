"""Pictures that lie in object storage, done one by one."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from tests.photographs import save_gray

from photochrom.engine.batch.chunk import ChunkItem, ChunkOptions, ChunkRecord, color_item
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.engine.result import Status
from photochrom.storage import objects
from photochrom.storage.objects import find_object, list_objects, read_object, write_object

pytest.importorskip("fsspec", reason="fsspec is not installed")


@pytest.fixture(scope="module")
def options(tiny_model: Path) -> ChunkOptions:
    return ChunkOptions(model=str(tiny_model), has_sums=True, is_repeatable=True, made_at=0)


@pytest.fixture(scope="module")
def colorizer(options: ChunkOptions) -> Colorizer:
    return options.load()


@pytest.fixture(autouse=True)
def _same_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))


@pytest.fixture
def bucket() -> str:
    return f"memory://archive/{uuid4().hex}"


def stored_scan(folder: Path, bucket: str, name: str) -> ChunkItem:
    photograph = save_gray(folder / name, seed=1)
    write_object(f"{bucket}/scans/{name}", photograph.read_bytes(), overwrite=False)
    return ChunkItem(source=f"{bucket}/scans/{name}", target=f"{bucket}/colored/{name}")


def failed(record: ChunkRecord) -> str:
    assert record.trouble == "error"
    assert record.result.status is Status.FAILED
    return record.result.reason


def test_same_bytes_wherever_it_lies(
    tmp_path: Path, bucket: str, colorizer: Colorizer, options: ChunkOptions
) -> None:
    item = stored_scan(tmp_path, bucket, "a.png")
    there = color_item(item, colorizer, options)
    here = replace(item, source=str(tmp_path / "a.png"), target=str(tmp_path / "out" / "a.png"))
    local = color_item(here, colorizer, options)
    assert there.item == item
    assert there == replace(local, item=item, elapsed_s=there.elapsed_s)
    assert read_object(item.target) == Path(here.target).read_bytes()
    assert not list((tmp_path / "tmp").iterdir())


def test_from_storage_to_a_folder_and_back(
    tmp_path: Path, bucket: str, colorizer: Colorizer, options: ChunkOptions
) -> None:
    item = stored_scan(tmp_path, bucket, "a.png")
    down = replace(item, target=str(tmp_path / "out" / "a.png"))
    up = replace(item, source=str(tmp_path / "a.png"))
    for each in (down, up):
        record = color_item(each, colorizer, options)
        assert record.result.status is Status.COLORIZED
        assert record.item == each
    assert read_object(up.target) == Path(down.target).read_bytes()


def test_what_lies_beside_comes_along_and_names_tell_the_kind(
    tmp_path: Path, bucket: str, options: ChunkOptions
) -> None:
    item = stored_scan(tmp_path, bucket, "a.png")
    asked = replace(options, options=Options(variants=1, confidence=True))
    item = replace(
        item,
        target=f"{bucket}/colored/a.jpg",
        confidence_map=f"{bucket}/colored/a-confidence.png",
    )
    record = color_item(item, asked.load(), asked)
    assert record.item.target == f"{bucket}/colored/a.jpg.png"
    assert [each.address.rpartition("/")[2] for each in list_objects(f"{bucket}/colored")] == [
        "a-confidence.png",
        "a.jpg-variant-1.png",
        "a.jpg.png",
    ]


def test_made_again_the_same_bytes_are_the_same_result(
    tmp_path: Path, bucket: str, colorizer: Colorizer, options: ChunkOptions
) -> None:
    item = stored_scan(tmp_path, bucket, "a.png")
    first = color_item(item, colorizer, options)
    again = color_item(item, colorizer, options)
    assert again == replace(first, elapsed_s=again.elapsed_s)
    write_object(item.target, b"somebody's own", overwrite=True)
    told = failed(color_item(item, colorizer, options))
    assert told.endswith("what this scan gives now: delete it, and run again with --retry")
    once = replace(options, is_repeatable=False)
    assert failed(color_item(item, colorizer, once)).endswith("already: --force replaces it")
    assert read_object(item.target) == b"somebody's own"
    forced = color_item(replace(item, overwrite=True), colorizer, options)
    assert forced.output_sha256 == first.output_sha256


def test_trouble_is_told_with_the_address(
    tmp_path: Path,
    bucket: str,
    colorizer: Colorizer,
    options: ChunkOptions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    item = stored_scan(tmp_path, bucket, "a.png")
    gone = replace(item, source=f"{bucket}/scans/none.png")
    assert failed(color_item(gone, colorizer, options)) == "there is no such file or folder"
    write_object(f"{bucket}/scans/b.png", b"no picture", overwrite=False)
    broken = replace(item, source=f"{bucket}/scans/b.png")
    reason = failed(color_item(broken, colorizer, options))
    assert reason.startswith("this is")
    assert str(tmp_path) not in reason
    monkeypatch.setattr(objects, "MOST_BYTES", 100)
    monkeypatch.setattr(objects.fetch, "__kwdefaults__", {"most_bytes": 100})
    assert "at most" in failed(color_item(item, colorizer, options))
    assert find_object(item.target) is None


def test_a_full_disk_here_ends_the_run(
    tmp_path: Path,
    bucket: str,
    colorizer: Colorizer,
    options: ChunkOptions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    item = stored_scan(tmp_path, bucket, "a.png")
    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.get_file", full)
    record = color_item(item, colorizer, options)
    assert record.is_disk_full
    assert not list((tmp_path / "tmp").iterdir())


def test_what_killed_processes_left_behind_is_swept(
    tmp_path: Path, bucket: str, colorizer: Colorizer, options: ChunkOptions
) -> None:
    left = tmp_path / "tmp" / "photochrom-scratch-1"
    left.mkdir()
    (left / "held").touch()
    (left / "a.tif").write_bytes(bytes(100))
    color_item(stored_scan(tmp_path, bucket, "a.png"), colorizer, options)
    assert not left.exists()
