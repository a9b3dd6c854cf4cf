from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.unit.lab.conftest import colorful_pixels

from photochrom.color.lab import srgb_to_lab
from photochrom.lab.data.batches import Batch, Batches, BatchPlan
from photochrom.lab.data.pictures import PictureStore

PLAN = BatchPlan(seed=3, batch_size=6, sizes=(32, 64))
WILD = replace(PLAN, hinted=0.875, rotation_deg=15, shear=0.2)


def assert_same(first: Batch, second: Batch) -> None:
    for ours, theirs in zip(first, second, strict=True):
        if isinstance(ours, torch.Tensor):
            assert torch.equal(ours, theirs)
        else:
            assert ours == theirs


@pytest.mark.parametrize("plan", [PLAN, WILD, replace(WILD, sizes=(32,))])
def test_a_batch_is_a_pure_function_of_seed_and_step(store: PictureStore, plan: BatchPlan) -> None:
    first, second = Batches([store], plan), Batches([store], plan)
    for step in (0, 7, 3):
        assert_same(first.at(step), second.at(step))
        assert first.names(step) == second.names(step)
    assert not torch.equal(first.at(1).chroma[0], first.at(2).chroma[0])
    reseeded = Batches([store], replace(plan, seed=4, sizes=(32,))).at(0)
    assert not torch.equal(reseeded.chroma, first.at(0).chroma)


def test_batches_of_every_size_hold_about_the_same_pixels(store: PictureStore) -> None:
    batches = Batches([store], PLAN)
    pixels = {batch.lightness[:, 0].numel() for batch in map(batches.at, range(12))}
    assert pixels == {6 * 64 * 64}


def test_without_aging_lightness_and_chroma_come_from_one_picture() -> None:
    pixels = torch.full((2, 64, 64, 3), 90, dtype=torch.uint8)
    pixels[..., 0] = 200
    plan = BatchPlan(seed=0, batch_size=2, sizes=(64,), degraded=0.0, rotation_deg=20)
    batch = Batches([PictureStore(pixels=pixels, names=("a", "b"))], plan).at(0)
    lab = srgb_to_lab(np.array([200, 90, 90]) / 255)
    assert np.allclose(batch.lightness.numpy(), lab[0], atol=0.01)
    assert np.allclose(batch.chroma[:, 0].numpy(), lab[1], atol=0.01)
    assert torch.equal(batch.lightness, batch.clean_lightness)


def test_aging_leaves_the_truth_alone(store: PictureStore) -> None:
    aged = Batches([store], replace(PLAN, degraded=1.0)).at(0)
    clean = Batches([store], replace(PLAN, degraded=0.0)).at(0)
    assert torch.equal(aged.chroma, clean.chroma)
    assert torch.equal(aged.clean_lightness, clean.lightness)
    assert (aged.lightness != clean.lightness).flatten(1).any(dim=1).all()


def test_labels_follow_their_pictures(store: PictureStore) -> None:
    batches = Batches([store], PLAN, label_names=("bear", "cat"))
    of_name = dict(zip(store.names, store.labels, strict=True))
    for step in range(4):
        expected = [("bear", "cat", "").index(of_name[name]) for name in batches.names(step)]
        assert batches.at(step).labels.tolist() == [-1 if n == 2 else n for n in expected]
    assert set(Batches([store], PLAN).at(0).labels.tolist()) == {-1}


def test_an_epoch_shows_every_picture_once(store: PictureStore) -> None:
    batches = Batches([store], BatchPlan(seed=1, batch_size=5, sizes=(64,)))
    names = [name for step in range(12) for name in batches.names(step)]
    assert [set(Counter(names[n : n + 12]).values()) for n in range(0, 60, 12)] == [{1}] * 5
    assert names[:12] != names[12:24]


def test_a_batch_larger_than_the_collection_shows_it_evenly(store: PictureStore) -> None:
    batches = Batches([store], BatchPlan(seed=1, batch_size=30, sizes=(64,)))
    counts = Counter(batches.names(0) + batches.names(1))
    assert set(counts.values()) == {5}


def test_several_stores_are_all_drawn_from(store: PictureStore) -> None:
    larger = PictureStore(pixels=colorful_pixels(3, 96), names=("x", "y", "z"))
    batches = Batches([store, larger], replace(PLAN, sizes=(64,)))
    drawn = {name for step in range(20) for name in batches.names(step)}
    assert drawn == {*store.names, *larger.names}


@pytest.mark.parametrize("sizes", [(32,), (32, 64)])
def test_processes_together_see_the_batch_of_one(
    store: PictureStore, sizes: tuple[int, ...]
) -> None:
    plan = replace(WILD, sizes=sizes, degraded=0.9)
    alone = Batches([store], plan, label_names=("bear",))
    parts = [Batches([store], plan, label_names=("bear",), rank=r, world=2) for r in range(2)]
    for step in range(3):
        whole = alone.at(step)
        for rank, part in enumerate(parts):
            own = part.at(step)
            assert own.whole == whole.whole == len(whole.labels)
            assert part.names(step) == alone.names(step)[rank::2]
            for ours, theirs in zip(own[:-1], whole[:-1], strict=True):
                assert isinstance(ours, torch.Tensor)
                assert isinstance(theirs, torch.Tensor)
                assert torch.allclose(ours, theirs[rank::2], atol=1e-4)


def test_all_but_grain_is_drawn_on_the_cpu_wherever_the_pictures_are(store: PictureStore) -> None:
    plan = replace(WILD, degraded=0.0)  # a meta device can draw nothing
    batch = Batches([store.to("meta")], plan).at(0)
    tensors = [value for value in batch if isinstance(value, torch.Tensor)]
    assert [tensor.device.type for tensor in tensors] == ["meta"] * 5


def test_hints_lie_on_the_true_colors(store: PictureStore) -> None:
    batch = Batches([store], replace(PLAN, hinted=0.875, batch_size=20)).at(0)
    assert batch.hints is not None
    assert batch.hints.shape == (len(batch.chroma), 3, *batch.chroma.shape[2:])
    revealed = batch.hints[:, 2:] > 0
    error = (batch.hints[:, :2] - batch.chroma).abs().mean(dim=1, keepdim=True)
    assert float(error[revealed].mean()) < 0.5 * float(batch.chroma.abs().mean())
    assert Batches([store], PLAN).at(0).hints is None


def test_sizes_no_picture_reaches_are_refused(store: PictureStore) -> None:
    with pytest.raises(ValueError, match="no picture"):
        Batches([store], BatchPlan(seed=0, batch_size=1, sizes=(512,)))


def test_more_processes_than_pictures_in_a_batch_are_refused(store: PictureStore) -> None:
    with pytest.raises(ValueError, match="4 processes cannot share batches of 2"):
        Batches([store], replace(PLAN, batch_size=2, sizes=(64,)), world=4)
