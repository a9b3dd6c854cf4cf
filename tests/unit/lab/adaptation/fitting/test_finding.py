"""Where objects are found, and the sums that closed forms are solved from."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

pytest.importorskip("lightning")

from photochrom.lab.adaptation.base import BasePart
from photochrom.lab.adaptation.examples import Crops, SeenPicture
from photochrom.lab.adaptation.fitting.finding import Place
from photochrom.lab.adaptation.fitting.ridge import moments_of, ridge, scale_of
from photochrom.lab.adaptation.fitting.solve import Seen, solve_kind, solve_place, take_cells
from photochrom.lab.adaptation.refiners import Shape

SIDE = 32
SHAPE = Shape(
    parts=(
        BasePart(name="chroma", tensor="chroma", channels=2, stride=2),
        BasePart(name="middle", tensor="middle", channels=4, stride=4),
    ),
    has_objects=True,
)


def photographs(seed: int, count: int) -> tuple[list[SeenPicture], Crops]:
    """Make photographs with an object in the middle, of which the base saw only a hint."""
    random = np.random.default_rng(seed)
    objects = np.zeros((SIDE, SIDE), np.uint8)
    objects[8:24, 8:24] = 1
    pictures = []
    for _ in range(count):
        hint = objects[::4, ::4] + random.normal(0, 1.5, (8, 8))
        middle = np.stack([hint, *random.normal(0, 1, (3, 8, 8))])
        lightness = random.uniform(20, 80, (SIDE, SIDE)).astype(np.float32)
        inputs = {
            "lightness": torch.from_numpy(lightness)[None, None],
            "chroma": torch.from_numpy(random.normal(0, 9, (1, 2, 16, 16)).astype(np.float32)),
            "middle": torch.from_numpy(middle.astype(np.float32))[None],
        }
        truth = np.zeros((2, SIDE, SIDE), np.float32)
        pictures.append(
            SeenPicture(lightness=lightness, truth=truth, objects=objects, inputs=inputs)
        )
    crops = Crops(
        inputs={
            name: torch.cat([picture.inputs[name] for picture in pictures])
            for name in pictures[0].inputs
        },
        labels=torch.from_numpy(objects).expand(count, 1, -1, -1),
        truth=torch.zeros(count, 2, 16, 16),
        photos=torch.arange(count),
    )
    return pictures, crops


def seen_of(pictures: list[SeenPicture], crops: Crops) -> Seen:
    return Seen(pictures=pictures, crops=crops, cells=take_cells(SHAPE, crops, has_broad=False))


def overlap(find: Callable[[SeenPicture], Tensor], pictures: list[SeenPicture]) -> float:
    """Mean intersection over union of what is found with the object."""
    shares = []
    for picture in pictures:
        found = find(picture)[0, 0] > 0
        assert picture.objects is not None
        truth = torch.from_numpy(picture.objects[1::2, 1::2] > 0)
        shares.append(float((found & truth).sum() / (found | truth).sum()))
    return float(np.mean(shares))


def test_where_objects_tend_to_lie_helps_to_find_them() -> None:
    pictures, crops = photographs(0, 12)
    fresh, _ = photographs(1, 60)
    place = solve_place(SHAPE, seen_of(pictures, crops), range(12))
    assert place is not None
    with torch.no_grad():
        first = overlap(lambda picture: place.first(place.look(picture.inputs)), fresh)
        with_prior = overlap(lambda picture: place(picture.inputs), fresh)
        without = overlap(lambda picture: place.seen(picture.inputs), fresh)
    assert with_prior > 0.6 > without + 0.1
    assert first > 0.7


def test_a_second_look_finds_what_is_like_the_object_of_this_picture_only() -> None:
    pictures, crops = photographs(6, 16)
    generator = torch.Generator().manual_seed(7)
    # lighter in one, darker in the next: no rule to learn
    for number, picture in enumerate(pictures):
        assert picture.objects is not None
        sign = 1 if number % 2 else -1
        light = torch.from_numpy(50 + sign * 20 * (2.0 * picture.objects - 1)).float()
        picture.inputs["lightness"].copy_(light + torch.randn(SIDE, SIDE, generator=generator))
    place = solve_place(SHAPE, seen_of(pictures[:12], crops), range(12))
    assert place is not None
    with torch.no_grad():
        first = overlap(lambda picture: place.first(place.look(picture.inputs)), pictures[12:])
        second = overlap(lambda picture: place(picture.inputs), pictures[12:])
    assert second > 0.9 > first + 0.1


def test_three_photographs_give_no_prior() -> None:
    pictures, crops = photographs(2, 3)
    place = solve_place(SHAPE, seen_of(pictures, crops), range(3))
    assert place is not None
    for look in (place.first, place.second):
        assert look.weight.detach().flatten()[1:].abs().max() == 0
        assert look.weight.detach().flatten()[0] > 0


def test_what_is_left_out_teaches_neither_the_regression_nor_the_prior() -> None:
    pictures, crops = photographs(3, 8)
    seen = seen_of(pictures, crops)
    before = solve_place(SHAPE, seen, range(6))
    crops.inputs["middle"][6:] = 99.0
    for picture in pictures[6:]:
        picture.inputs["middle"][:] = 99.0
    after = solve_place(SHAPE, seen_of(pictures, crops), range(6))
    assert before is not None
    assert after is not None
    for mine, other in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_left_and_right_are_alike() -> None:
    pictures, _ = photographs(4, 1)
    place = Place(SHAPE)
    is_object = (torch.rand(400) > 0.5).float()
    place.learn_first(torch.randn(400, 4), is_object)
    place.learn_second(torch.randn(400, place.second.in_channels), is_object)
    mirrored = {name: values.flip(3) for name, values in pictures[0].inputs.items()}
    with torch.no_grad():
        assert torch.allclose(
            place(pictures[0].inputs), place(mirrored).flip(3), rtol=1e-4, atol=1e-4
        )


def test_sums_can_be_taken_away() -> None:
    torch.manual_seed(0)
    columns = torch.cat([torch.randn(60, 5), torch.ones(60, 1)], dim=1)
    targets, weights = torch.randn(60, 2), torch.rand(60)
    scale = scale_of(columns)
    all_of_it, first = (
        moments_of(columns[:end], targets[:end], weights[:end], scale) for end in (60, 40)
    )
    rest = moments_of(columns[40:], targets[40:], weights[40:], scale)
    assert torch.allclose((all_of_it - first).solve(), rest.solve(), atol=1e-5)
    assert torch.allclose((first + rest).solve(), ridge(columns, targets, weights), atol=1e-5)


def test_ridge_finds_a_plane_and_ignores_rows_without_weight() -> None:
    torch.manual_seed(1)
    columns = torch.cat([torch.randn(500, 2), torch.ones(500, 1)], dim=1)
    truth = torch.tensor([[2.0], [-1.0], [5.0]])
    targets = columns @ truth
    weights = torch.ones(500)
    targets[:100], weights[:100] = 1000.0, 0.0
    assert ridge(columns, targets, weights).flatten().tolist() == pytest.approx(
        truth.flatten().tolist(), rel=0.1
    )


def test_kinds_are_told_apart_also_by_views_beside_the_object() -> None:
    pictures, crops = photographs(5, 16)
    number = torch.arange(16) % 2
    crops.inputs["middle"][:, 1] += 3.0 * number[:, None, None]
    labels = (crops.labels * (number + 1)[:, None, None, None]).to(torch.uint8)
    twice = Crops(
        inputs={name: torch.cat([values, values]) for name, values in crops.inputs.items()},
        labels=torch.cat([labels, torch.zeros_like(labels)]),
        truth=torch.cat([crops.truth, crops.truth]),
        photos=torch.cat([crops.photos, crops.photos]),
    )
    shape = replace(SHAPE, kinds=2)
    seen = Seen(pictures=pictures, crops=twice, cells=take_cells(shape, twice, has_broad=False))
    kind = solve_kind(shape, seen, range(16))
    assert kind is not None
    with torch.no_grad():
        chances = torch.softmax(kind(crops.inputs), dim=1)
    assert torch.equal(chances.argmax(dim=1), number)
    assert chances.amax(dim=1).min() > 0.7
