import pytest
import torch

from photochrom.lab.data.hints import Patches, draw_patches, reveal


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def patches(*squares: tuple[int, int, int]) -> Patches:
    """One picture's squares, each (side, top, left)."""
    values = torch.zeros(3, 1, 32, dtype=torch.int64)
    for index, square in enumerate(squares):
        values[:, 0, index] = torch.tensor(square)
    return Patches(*values)


def test_a_patch_reveals_its_mean_color_and_nothing_else() -> None:
    chroma = torch.randn(1, 2, 20, 30, generator=seeded())
    hints = reveal(chroma, patches((3, 5, 7)))
    inside = torch.zeros(20, 30, dtype=torch.bool)
    inside[5:8, 7:10] = True
    assert torch.equal(hints[0, 2], inside.float())
    assert torch.equal(hints[0, :2, ~inside], torch.zeros(2, 600 - 9))
    mean = chroma[0, :, 5:8, 7:10].mean(dim=(1, 2))
    assert torch.allclose(hints[0, :2, inside], mean[:, None].expand(2, 9), atol=1e-6)


def test_a_later_patch_lies_above_an_earlier_one() -> None:
    chroma = torch.randn(1, 2, 16, 16, generator=seeded())
    hints = reveal(chroma, patches((9, 0, 0), (1, 4, 4)))
    assert torch.allclose(hints[0, :2, 4, 4], chroma[0, :, 4, 4], atol=1e-6)
    assert torch.allclose(hints[0, :2, 0, 0], chroma[0, :, :9, :9].mean(dim=(1, 2)), atol=1e-5)


def test_the_number_of_patches_is_geometric() -> None:
    numbers = (draw_patches(20_000, (64, 64), seeded()).side > 0).sum(dim=1)
    for count in range(4):
        expected = (1 / 8) * (7 / 8) ** count
        assert float((numbers == count).float().mean()) == pytest.approx(expected, abs=0.007)


@pytest.mark.parametrize("share", [0.0, 0.125, 1.0])
def test_the_share_of_pictures_with_hints_is_free(share: float) -> None:
    numbers = (draw_patches(20_000, (64, 64), seeded(), share=share).side > 0).sum(dim=1)
    assert float((numbers > 0).float().mean()) == pytest.approx(share, abs=0.007)
    for count in range(1, 4):
        expected = share * (1 / 8) * (7 / 8) ** (count - 1)
        assert float((numbers == count).float().mean()) == pytest.approx(expected, abs=0.007)


def test_patches_have_every_side_and_lie_around_the_center() -> None:
    drawn = draw_patches(2000, (64, 48), seeded())
    is_there = drawn.side > 0
    assert sorted(drawn.side[is_there].unique().tolist()) == list(range(1, 10))
    for corner, length in ((drawn.top, 64), (drawn.left, 48)):
        assert int(corner[is_there].min()) >= 0
        assert int((corner + drawn.side)[is_there].max()) <= length
        center = (corner + drawn.side / 2)[is_there].float()
        assert float(center.mean()) == pytest.approx(length / 2, rel=0.02)
        clipped = 0.96 * (length - 4) / 4  # at two deviations; the mean side is 5
        assert float(center.std()) == pytest.approx(clipped, rel=0.04)


def draw_hints(chroma: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    height, width = chroma.shape[2:]
    return reveal(chroma, draw_patches(len(chroma), (height, width), generator))


def test_pictures_smaller_than_a_patch_can_have_hints() -> None:
    hints = draw_hints(torch.randn(50, 2, 4, 6, generator=seeded()), seeded(1))
    assert hints.shape == (50, 3, 4, 6)
    assert set(hints[:, 2].unique().tolist()) == {0.0, 1.0}


def test_hints_are_a_function_of_the_generator() -> None:
    chroma = torch.randn(4, 2, 32, 32, generator=seeded())
    assert torch.equal(draw_hints(chroma, seeded(5)), draw_hints(chroma, seeded(5)))
    assert not torch.equal(draw_hints(chroma, seeded(5)), draw_hints(chroma, seeded(6)))
