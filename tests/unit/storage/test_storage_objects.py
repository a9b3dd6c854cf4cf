from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.object_storage import HIDDEN, local_s3

from photochrom.errors import InputError
from photochrom.storage import objects
from photochrom.storage.objects import (
    fetch,
    find_object,
    list_objects,
    publish,
    read_object,
    remove_object,
    write_object,
)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with local_s3("archive") as address:
        yield address


@pytest.fixture(params=["memory", "s3"])
def folder(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return f"memory://archive/{uuid4().hex}"
    return f"{request.getfixturevalue('bucket')}/{uuid4().hex}"


def test_goes_out_and_comes_back(folder: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"picture")
    publish(tmp_path / "a", f"{folder}/ä [1].jpg", overwrite=False)
    fetch(f"{folder}/ä [1].jpg", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"picture"
    found = find_object(f"{folder}/ä [1].jpg")
    assert found is not None
    assert found.size == 7
    remove_object(found.address)
    remove_object(found.address)
    assert find_object(found.address) is None


def test_what_is_there_is_not_replaced_unasked(folder: str) -> None:
    write_object(f"{folder}/a", b"first", overwrite=False)
    with pytest.raises(FileExistsError):
        write_object(f"{folder}/a", b"second", overwrite=False)
    assert read_object(f"{folder}/a") == b"first"
    write_object(f"{folder}/a", b"second", overwrite=True)
    assert read_object(f"{folder}/a") == b"second"


def test_of_two_writers_one_is_refused(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_object(f"{bucket}/a", b"first", overwrite=False)
    monkeypatch.setattr("s3fs.S3FileSystem.exists", lambda *_: False)  # when the second looks
    with pytest.raises(FileExistsError):
        write_object(f"{bucket}/a", b"second", overwrite=False)
    assert read_object(f"{bucket}/a") == b"first"


def test_lists_folders_and_versions(folder: str) -> None:
    for name in ("b.jpg", "a.jpg", "deep/c.jpg"):
        write_object(f"{folder}/{name}", b"1", overwrite=False)
    before = {item.address: item for item in list_objects(folder)}
    assert [*before] == [f"{folder}/{name}" for name in ("a.jpg", "b.jpg", "deep/c.jpg")]
    assert len(list(list_objects(folder, recursive=False))) == 2
    assert [item.address for item in list_objects(f"{folder}/a.jpg")] == [f"{folder}/a.jpg"]
    write_object(f"{folder}/a.jpg", b"22", overwrite=True)
    after = {item.address: item for item in list_objects(folder)}
    assert after[f"{folder}/a.jpg"].version != before[f"{folder}/a.jpg"].version
    assert after[f"{folder}/b.jpg"] == before[f"{folder}/b.jpg"]


def test_nothing_there(folder: str, tmp_path: Path) -> None:
    for ask in (
        lambda: list(list_objects(f"{folder}/none")),
        lambda: fetch(f"{folder}/none", tmp_path / "a"),
        lambda: read_object(f"{folder}/none"),
    ):
        with pytest.raises(InputError, match="no such file or folder"):
            ask()


def test_refuses_what_is_too_large_before_fetching(folder: str, tmp_path: Path) -> None:
    write_object(f"{folder}/a.tif", bytes(1000), overwrite=False)
    with pytest.raises(InputError, match="at most"):
        fetch(f"{folder}/a.tif", tmp_path / "a.tif", most_bytes=999)
    assert not (tmp_path / "a.tif").exists()


def test_a_torn_upload_leaves_nothing(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs  # noqa: PLC0415 - the bucket fixture skips without it

    monkeypatch.setattr(objects, "_AT_ONCE", 2**20)
    (tmp_path / "big").write_bytes(bytes(12 * 2**20))
    sent = s3fs.S3FileSystem._call_s3
    parts = 0

    async def torn(self: object, method: str, *given: object, **named: object) -> object:
        nonlocal parts
        parts += method == "upload_part"
        if parts > 1:
            raise ConnectionError(f"while sending {HIDDEN}")
        return await sent(self, method, *given, **named)

    monkeypatch.setattr(s3fs.core, "calculate_chunksize", lambda *_, **__: 5 * 2**20)
    with monkeypatch.context() as patched:
        patched.setattr(s3fs.S3FileSystem, "_call_s3", torn)
        with pytest.raises(InputError, match="cannot be written: ConnectionError") as refused:
            publish(tmp_path / "big", f"{bucket}/big", overwrite=False)
    assert parts > 1
    assert HIDDEN not in str(refused.value)
    assert find_object(f"{bucket}/big") is None
    publish(tmp_path / "big", f"{bucket}/big", overwrite=False)
    found = find_object(f"{bucket}/big")
    assert found is not None
    assert found.size == 12 * 2**20


def test_refused_access_names_the_environment_and_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "fsspec.implementations.memory.MemoryFileSystem.info",
        lambda *_: (_ for _ in ()).throw(PermissionError(f"key {HIDDEN} is wrong")),
    )
    with pytest.raises(InputError, match="credentials in the environment") as refused:
        find_object("memory://archive/a")
    assert HIDDEN not in str(refused.value)


def test_without_the_extra_one_line_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photochrom.extras.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"needs fsspec and s3fs;.*\[cloud\]"):
        find_object("s3://archive/a.jpg")


@pytest.mark.parametrize(("scheme", "package"), [("gs", "gcsfs"), ("az", "adlfs")])
def test_of_what_the_extra_does_not_bring_the_package_is_named(
    scheme: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "missing", lambda name: [name])
    with pytest.raises(InputError, match=f"needs the package {package} as well"):
        find_object(f"{scheme}://archive/a.jpg")
