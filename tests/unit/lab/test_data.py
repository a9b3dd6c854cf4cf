import hashlib
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from photochrom.collection import Collection, Item, open_collection
from photochrom.collection.intake import Duplicates, take_in
from photochrom.color.lab import lab_to_srgb
from photochrom.errors import RunError
from photochrom.lab.data import pictures
from photochrom.lab.data.pictures import (
    Pictures,
    PictureStore,
    StreamedStore,
    available_bytes,
    fits_on,
    load_pictures,
)
from photochrom.work import parallel


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def blotches(seed: int, height: int = 70, width: int = 90) -> np.ndarray:
    """A picture of large random colors, which resizing leaves alone."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 5, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def encode(pixels: np.ndarray) -> bytes:
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def item(name: str, encoded: bytes) -> Item:
    return Item(name=name, label="", load=lambda: encoded)


def failing(error: Exception) -> Callable[[], bytes]:
    def load() -> bytes:
        raise error

    return load


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    for n in range(12):
        save(tmp_path / "photos" / f"kind{n % 2}" / f"{n:02d}.png", blotches(n))
    return tmp_path / "photos"


def test_loading_drops_gray_and_unreadable_pictures_by_name(photographs: Path) -> None:
    save(photographs / "gray.png", np.full((70, 90, 3), 128))
    (photographs / "cut.png").write_bytes((photographs / "kind0" / "00.png").read_bytes()[:500])
    loaded = load_pictures(open_collection(photographs), [32, 64])
    assert loaded.dropped == {"gray": ("gray.png",), "unreadable": ("cut.png",), "duplicate": ()}
    assert list(loaded.unreadable) == ["cut.png"]
    assert "cut.png" in loaded.unreadable["cut.png"]
    assert [(s.side, len(s)) for s in loaded.stores] == [(64, 12)]
    assert len(loaded) == 12


def test_one_colored_dot_that_a_glance_misses_keeps_a_picture(tmp_path: Path) -> None:
    pixels = np.full((64, 64, 3), 128)
    pixels[10:12, 10:12] = (255, 0, 0)
    save(tmp_path / "dot.png", pixels)
    assert load_pictures(open_collection(tmp_path), [64]).dropped["gray"] == ()


@pytest.mark.parametrize(("chroma", "is_gray"), [(4.5, True), (5.5, False)])
def test_a_tint_counts_as_gray_up_to_five(tmp_path: Path, chroma: float, is_gray: bool) -> None:
    tint = lab_to_srgb(np.array([60.0, 0.0, chroma]))
    save(tmp_path / "tint.png", np.rint(255 * np.broadcast_to(tint, (64, 64, 3))))
    save(tmp_path / "color.png", blotches(0))
    dropped = load_pictures(open_collection(tmp_path), [64]).dropped
    assert dropped["gray"] == (("tint.png",) if is_gray else ())


def test_labels_and_checksums_travel_with_their_pictures(photographs: Path) -> None:
    loaded = load_pictures(open_collection(photographs), [64])
    store = loaded.stores[0].pick(torch.tensor([3, 0]))
    files = [photographs / name for name in store.names]
    assert store.labels == tuple(file.parent.name for file in files)
    assert store.sha256 == tuple(hashlib.sha256(f.read_bytes()).hexdigest() for f in files)
    assert loaded.checksums[store.names[1]] == store.sha256[1]
    assert torch.equal(
        store.rows(torch.tensor([1]))[0], loaded.stores[0].rows(torch.tensor([0]))[0]
    )


@pytest.mark.parametrize(
    ("duplicates", "dropped"),
    [
        ("keep", ()),
        ("exact", ("kind0/z-same-bytes.png",)),
        ("near", ("kind0/z-same-bytes.png", "kind1/z-smaller.jpg")),
    ],
)
def test_of_duplicates_the_first_stays(
    photographs: Path, duplicates: Duplicates, dropped: tuple[str, ...]
) -> None:
    first = photographs / "kind0" / "00.png"
    (photographs / "kind0" / "z-same-bytes.png").write_bytes(first.read_bytes())
    Image.open(first).resize((81, 63)).save(photographs / "kind1" / "z-smaller.jpg", quality=85)
    loaded = load_pictures(open_collection(photographs), [32], duplicates=duplicates)
    assert loaded.dropped["duplicate"] == dropped
    assert len(loaded) == 14 - len(dropped)
    assert "kind0/00.png" in loaded.stores[0].names


def test_pictures_of_one_name_from_two_sources_are_both_kept() -> None:
    encoded = [encode(blotches(n)) for n in range(2)]
    twins = Collection([item("a.png", data) for data in encoded])
    loaded = load_pictures(twins, [64])
    pixels = loaded.stores[0].rows(torch.arange(2))
    assert loaded.stores[0].names == ("a.png", "a.png")
    assert not torch.equal(pixels[0], pixels[1])


def test_a_file_that_vanishes_counts_as_unreadable() -> None:
    items = [item(f"{n}.png", encode(blotches(n))) for n in range(12)]
    gone = Item(name="gone.png", label="", load=failing(FileNotFoundError("no such file")))
    loaded = load_pictures(Collection([*items, gone]), [64])
    assert loaded.unreadable == {"gone.png": "no such file"}


def test_blocks_of_a_collection_do_not_mix(
    photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = open_collection(photographs)
    whole = take_in(collection, [64], 1 << 30)
    monkeypatch.setattr(parallel, "_AHEAD", 1)
    blocks = take_in(collection, [64], 1 << 30)
    assert blocks.looks.keys() == whole.looks.keys() == set(range(12))
    assert all(np.array_equal(blocks.pixels[n], whole.pixels[n]) for n in range(12))


def test_what_overflows_memory_is_let_go(photographs: Path) -> None:
    taken = take_in(open_collection(photographs), [64], 5 * 64 * 64 * 3)
    assert taken.overflows
    assert not taken.pixels
    assert len(taken.looks) == 12


def test_a_collection_without_color_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "gray.png", np.full((70, 90, 3), 128))
    with pytest.raises(RunError, match="none of the 1"):
        load_pictures(open_collection(tmp_path), [64])


def test_a_mostly_unreadable_collection_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "a.png", blotches(0))
    (tmp_path / "b.png").write_bytes(b"no")
    with pytest.raises(RunError, match=r"1 of 2 .* b\.png"):
        load_pictures(open_collection(tmp_path), [64])


def test_what_memory_cannot_hold_is_streamed_with_the_same_pixels(photographs: Path) -> None:
    save(photographs / "small.png", blotches(99, 40, 50))
    collection = open_collection(photographs)
    resident = load_pictures(collection, [32, 64]).stores
    streamed = load_pictures(collection, [32, 64], memory_limit_bytes=5 * 64 * 64 * 3).stores
    assert [type(store) for store in streamed] == [StreamedStore, StreamedStore]
    for kept, read in zip(resident, streamed, strict=True):
        rows = torch.arange(len(kept)).flip(0)
        assert torch.equal(read.rows(rows), kept.rows(rows))
        assert (read.names, read.labels, read.sha256) == (kept.names, kept.labels, kept.sha256)
        assert torch.equal(read.pick(rows).rows(rows), kept.rows(torch.arange(len(kept))))


@pytest.mark.parametrize(("processes", "kind"), [("1", PictureStore), ("2", StreamedStore)])
def test_processes_share_the_memory_of_a_machine(
    photographs: Path, monkeypatch: pytest.MonkeyPatch, processes: str, kind: type
) -> None:
    needed_bytes = 12 * 64 * 64 * 3
    monkeypatch.setattr(pictures, "available_bytes", lambda: 2 * needed_bytes)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", processes)
    (store,) = load_pictures(open_collection(photographs), [64]).stores
    assert isinstance(store, kind)


def test_a_streamed_picture_that_vanishes_is_named() -> None:
    gone = Item(name="gone.png", label="", load=failing(FileNotFoundError("no such file")))
    with pytest.raises(RunError, match=r"gone\.png could be read before .* no such file"):
        StreamedStore(side=64, items=(gone,)).rows(torch.tensor([0]))


def test_moving_a_store_keeps_all_but_the_place(store: PictureStore) -> None:
    moved = store.to("meta")
    assert moved.device.type == "meta"
    assert (moved.names, moved.labels, moved.sha256) == (store.names, store.labels, store.sha256)


@pytest.mark.parametrize(("share", "fits"), [(0.59, True), (0.61, False)])
def test_pictures_stay_off_a_gpu_they_would_fill(
    store: PictureStore, monkeypatch: pytest.MonkeyPatch, share: float, fits: bool
) -> None:
    free_bytes = int(2 * store.pixels.nbytes / share)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free_bytes, 10 * free_bytes))
    assert fits_on([store, store], torch.device("cuda")) == fits


def test_streamed_pictures_stay_on_the_cpu(store: PictureStore) -> None:
    stores: list[Pictures] = [store, StreamedStore(side=64, items=())]
    assert fits_on(stores, torch.device("cpu"))
    assert not fits_on(stores, torch.device("cuda"))


def test_available_memory_is_less_than_the_machine_has() -> None:
    whole_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < available_bytes() < whole_bytes
