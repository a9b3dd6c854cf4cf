from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from photochrom.collection import open_collection
from photochrom.color.lab import srgb_to_lab
from photochrom.errors import RunError
from photochrom.lab.data.batches import Batches, BatchPlan
from photochrom.lab.data.degrade import degrade
from photochrom.lab.data.pictures import PictureStore, load_pictures

PLAN = BatchPlan(seed=3, batch_size=6, sizes=(32, 64))


def test_a_batch_is_a_pure_function_of_seed_and_step(store: PictureStore) -> None:
    first, second = Batches([store], PLAN), Batches([store], PLAN)
    for step in (0, 7, 3):
        assert torch.equal(first.at(step).lightness, second.at(step).lightness)
        assert torch.equal(first.at(step).chroma, second.at(step).chroma)
    assert not torch.equal(first.at(1).chroma[0], first.at(2).chroma[0])


def test_batches_of_every_size_hold_about_the_same_pixels(store: PictureStore) -> None:
    batches = Batches([store], PLAN)
    pixels = {batch.lightness[:, 0].numel() for batch in map(batches.at, range(12))}
    assert pixels == {6 * 64 * 64}


def test_without_aging_lightness_and_chroma_come_from_one_picture() -> None:
    pixels = torch.full((2, 64, 64, 3), 90, dtype=torch.uint8)
    pixels[..., 0] = 200
    plan = BatchPlan(seed=0, batch_size=2, sizes=(64,), degraded=0.0)
    batch = Batches([PictureStore(pixels=pixels, names=("a", "b"))], plan).at(0)
    lab = srgb_to_lab(np.array([200, 90, 90]) / 255)
    assert np.allclose(batch.lightness.numpy(), lab[0], atol=0.01)
    assert np.allclose(batch.chroma[:, 0].numpy(), lab[1], atol=0.01)


def test_sizes_no_picture_reaches_are_refused(store: PictureStore) -> None:
    with pytest.raises(ValueError, match="no picture"):
        Batches([store], BatchPlan(seed=0, batch_size=1, sizes=(512,)))


def test_aging_keeps_range_and_touches_its_share() -> None:
    lightness = torch.full((200, 1, 16, 16), 50.0)
    aged = degrade(lightness, torch.Generator().manual_seed(0), 0.5)
    assert float(aged.min()) >= 0
    assert float(aged.max()) <= 100
    touched = (aged != lightness).flatten(1).any(dim=1).float().mean()
    assert 0.35 < float(touched) < 0.65
    assert torch.equal(degrade(lightness, torch.Generator().manual_seed(0), 0.0), lightness)


def save(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def test_loading_drops_gray_and_unreadable_pictures_by_name(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for n in range(10):
        save(tmp_path / f"color{n}.png", random.integers(0, 256, (70, 90, 3)))
    save(tmp_path / "gray.png", np.full((70, 90, 3), 128))
    (tmp_path / "cut.png").write_bytes((tmp_path / "color0.png").read_bytes()[:500])
    loaded = load_pictures(open_collection(tmp_path), [32, 64])
    assert loaded.gray == ("gray.png",)
    assert loaded.unreadable == ("cut.png",)
    assert [(s.side, len(s)) for s in loaded.stores] == [(64, 10)]


def test_a_collection_without_color_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "gray.png", np.full((70, 90, 3), 128))
    with pytest.raises(RunError, match="none of the 1"):
        load_pictures(open_collection(tmp_path), [64])


def test_a_mostly_unreadable_collection_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "a.png", np.random.default_rng(0).integers(0, 256, (64, 64, 3)))
    (tmp_path / "b.png").write_bytes(b"no")
    with pytest.raises(RunError, match=r"1 of 2 .* b\.png"):
        load_pictures(open_collection(tmp_path), [64])
