from dataclasses import replace

import pytest
import torch

from photochrom.lab.data.batches import BatchPlan
from photochrom.lab.data.transforms import draw_placements, place

STILL = BatchPlan(seed=0, batch_size=1, sizes=(32,), flip=False, smallest_crop=1.0)


def draw(count: int, plan: BatchPlan, seed: int = 0) -> torch.Tensor:
    return draw_placements(count, plan, torch.Generator().manual_seed(seed))


def pictures(count: int = 8, side: int = 32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    coarse = torch.rand(count, 3, 4, 4, generator=generator)
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic")


def test_a_placement_without_freedom_changes_nothing() -> None:
    layer = pictures()
    assert torch.allclose(place(layer, draw(8, STILL), 32), layer, atol=1e-5)


def test_flipping_mirrors_half_of_the_pictures_exactly() -> None:
    layer = pictures(200)
    placed = place(layer, draw(200, replace(STILL, flip=True)), 32)
    same = (placed - layer).abs().flatten(1).amax(dim=1) < 1e-4
    mirrored = (placed - layer.flip(3)).abs().flatten(1).amax(dim=1) < 1e-4
    assert bool((same ^ mirrored).all())
    assert 70 < int(mirrored.sum()) < 130


def test_a_quarter_turn_turns_the_rows_into_columns() -> None:
    layer = pictures(1)
    placements = torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]])
    assert torch.allclose(place(layer, placements, 32), layer.rot90(1, (2, 3)), atol=1e-5)


def test_angles_and_crops_keep_within_their_ranges() -> None:
    plan = replace(STILL, rotation_deg=30, smallest_crop=0.5, flip=True)
    matrix = draw(500, plan)[:, :, :2]
    side = matrix.det().abs().sqrt()
    angle = torch.rad2deg(torch.atan2(matrix[:, 0, 1], matrix[:, 1, 1])).abs()
    assert 0.5 <= float(side.min()) < 0.52
    assert 0.98 < float(side.max()) <= 1
    assert 29 < float(angle.max()) <= 30.001


def test_shear_shifts_an_edge_by_its_share() -> None:
    matrix = draw(500, replace(STILL, shear=0.2))[:, :, :2]
    assert 0.19 < float(matrix[:, 0, 1].abs().max()) <= 0.2
    assert torch.equal(matrix[:, 1], torch.tensor([0.0, 1.0]).expand(500, 2))


def test_a_window_leaves_the_picture_only_when_it_must() -> None:
    plan = replace(STILL, rotation_deg=20, shear=0.1, smallest_crop=0.5)
    placements = draw(500, plan)
    reach = placements[:, :, :2].abs().sum(dim=2) + placements[:, :, 2].abs()
    extent = placements[:, :, :2].abs().sum(dim=2)
    assert bool((reach <= extent.clamp(min=1) + 1e-5).all())


def test_all_layers_of_a_picture_move_together() -> None:
    color = pictures(16)
    mask = (color[:, :1] > 0.5).float()
    placements = draw(16, replace(STILL, rotation_deg=25, smallest_crop=0.6, flip=True))
    moved = place(color, placements, 32, mode="nearest")
    assert torch.equal((moved[:, :1] > 0.5).float(), place(mask, placements, 32, mode="nearest"))


def test_masks_stay_labels_when_turned_and_shrunk() -> None:
    labels = torch.randint(0, 5, (4, 1, 96, 96), generator=torch.Generator().manual_seed(0))
    placements = draw(4, replace(STILL, rotation_deg=25, smallest_crop=0.7))
    moved = place(labels.float(), placements, 16, mode="nearest", smallest_crop=0.7)
    assert set(moved.unique().tolist()) <= {0.0, 1.0, 2.0, 3.0, 4.0}


def test_fine_detail_does_not_alias_when_shrunk() -> None:
    stripes = (torch.arange(96) % 3 == 0).float().expand(1, 3, 96, 96)
    placed = place(stripes, draw(1, STILL), 32)
    assert float((placed - 1 / 3).abs().max()) < 0.01


@pytest.mark.parametrize("turned", [False, True])
def test_placements_are_a_function_of_the_generator(turned: bool) -> None:
    plan = replace(STILL, flip=True, smallest_crop=0.7, rotation_deg=10.0 * turned)
    assert torch.equal(draw(5, plan), draw(5, plan))
    assert not torch.equal(draw(5, plan), draw(5, plan, seed=1))
