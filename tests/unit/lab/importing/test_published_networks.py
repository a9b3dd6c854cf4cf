"""The published networks: their tables, their norms, and small ones of them as contract files."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.published_weights import SMALL, filled
from torch import Tensor, nn

from photochrom.color.lab import lightness_to_gray
from photochrom.engine.session import Session
from photochrom.errors import ModelError
from photochrom.lab.exporting.contract import write_contract
from photochrom.lab.importing.kinds import KINDS, PublishedNetwork
from photochrom.lab.networks.folding import NormedConv2d, fold, published_form
from photochrom.models.card import Card

LAYOUTS = Path(__file__).parents[5] / "shared" / "layouts"
PUBLISHED = {network.name: network for networks in KINDS.values() for network in networks}
TABLES: dict[str, tuple[str, int, int]] = {  # file of the true table, entries, numbers
    "ddcolor-tiny": ("ddcolor_tiny", 440, 55_051_016),
    "ddcolor-large": ("ddcolor_large", 602, 227_921_864),
    "deoldify-deep": ("deoldify_artistic", 378, 63_767_578),
    "deoldify-wide": ("deoldify_stable_video", 754, 218_480_110),
    "icolorit-tiny": ("icolorit_tiny_4ch_patch16_224", 186, 6_905_732),
    "icolorit-small": ("icolorit_small_4ch_patch16_224", 186, 23_966_792),
    "icolorit-base": ("icolorit_base_4ch_patch16_224", 186, 89_939_408),
    "instcolorization": ("instcolor_GComp_siggraph", 107, 34_192_796),
}


def form_of(published: PublishedNetwork) -> dict[str, Tensor]:
    with torch.device("meta"):
        network = published.build()
    return {**published_form(network), **network.idle}


@pytest.mark.parametrize("name", TABLES)
def test_networks_are_exactly_those_that_were_published(name: str) -> None:
    table, entries, numbers = TABLES[name]
    form = form_of(PUBLISHED[name])
    assert (len(form), sum(like.numel() for like in form.values())) == (entries, numbers)
    if LAYOUTS.exists():
        lines = (LAYOUTS / f"{table}.txt").read_text().splitlines()[1:]
        wanted = [line.split("\t") for line in lines]
        ours = {n: (f"{tuple(v.shape)}", f"{v.dtype}") for n, v in form.items()}
        assert ours == {n: (shape, f"torch.{dtype}") for n, shape, dtype in wanted}


def test_folded_weights_are_what_the_norms_computed() -> None:
    torch.manual_seed(0)
    spectral = nn.utils.spectral_norm(nn.Conv2d(5, 7, 3, bias=False))
    picture = torch.rand(1, 5, 9, 9)
    for _ in range(3):
        spectral(picture)  # finds the largest singular value step by step
    spectral.eval()
    with pytest.warns(FutureWarning, match="weight_norm"):
        length = nn.utils.weight_norm(nn.Conv2d(5, 7, 1), dim=0)
    for normed, kind in ((spectral, "spectral"), (length, "length")):
        plain = NormedConv2d(5, 7, normed.kernel_size, bias=normed.bias is not None)
        plain.published_norm = kind
        stored = normed.state_dict()
        assert {n: v.shape for n, v in published_form(nn.ModuleDict({"a": plain})).items()} == {
            f"a.{n}": v.shape for n, v in stored.items()
        }
        folded = fold({f"a.{name}": value for name, value in stored.items()})
        plain.load_state_dict({name.removeprefix("a."): v for name, v in folded.items()})
        torch.testing.assert_close(plain(picture), normed(picture), rtol=0, atol=1e-6)


def test_a_norm_of_zero_is_refused() -> None:
    weights = {"a.weight_orig": torch.ones(2, 2), "a.weight_u": torch.zeros(2)}
    with pytest.raises(ModelError, match="the weight of a cannot be folded: its norm is zero"):
        fold({**weights, "a.weight_v": torch.ones(2)})


@pytest.mark.parametrize("name", ["ddcolor", "deoldify-deep", "deoldify-wide"])
def test_small_ones_are_exported_and_proved(name: str, tmp_path: Path) -> None:
    """At two sizes and aspects, from 16-bit weights; 0.01 units of a*, b* are allowed."""
    network = filled(SMALL[name]())
    card = Card(
        name=name,
        working_size=512,
        size_multiple=network.size_multiple,
        license="none",
        training_data="none",
    )
    path = tmp_path / "small.onnx"
    assert write_contract(network, card, path, half=True, traced=True) < 0.01
    session = Session(path)
    outputs = session.run(np.linspace(0, 100, 96 * 160, dtype=np.float32).reshape(96, 160))
    assert outputs.chroma.shape == (2, 96, 160)
    assert outputs.chroma.std() > 0.5, "the seeded weights paint something"
    assert (outputs.rgb_lightness is not None) == network.paints_lightness


def test_ddcolor_stays_within_150() -> None:
    network = filled(SMALL["ddcolor"]())
    with torch.no_grad():
        network.refine_net[0][0].bias += torch.tensor([1000.0, -1000.0])
        chroma = network(torch.full((1, 1, 32, 32), 50.0)).chroma
    assert chroma[:, 0].unique().tolist() == [150.0]
    assert chroma[:, 1].unique().tolist() == [-150.0]


def test_deoldify_adds_the_painted_colors_to_the_gray_picture() -> None:
    """A network that paints one color everywhere: its differences to OpenCV's luma are kept."""
    network = filled(SMALL["deoldify-deep"]())
    normalized = torch.tensor([0.8, -0.3, 0.4])
    with torch.no_grad():
        last = network.layers["11"][0]
        last.weight.zero_()
        last.bias.copy_(torch.logit((normalized + 3) / 6))
        lightness = torch.linspace(30, 70, 32 * 64).reshape(1, 1, 32, 64)
        prediction = network(lightness)
    painted = normalized * network.deviation[:, 0, 0] + network.mean[:, 0, 0]
    red, green, blue = painted.tolist()
    luma = 0.114 * red + 0.587 * green + 0.299 * blue
    gray = lightness_to_gray(lightness)[0, 0, 3, 5].item()
    from skimage.color import rgb2lab  # noqa: PLC0415  (its truncated constants allow 0.01)

    lab = rgb2lab(np.float64([gray + part - luma for part in (red, green, blue)]))
    assert prediction.chroma[0, :, 3, 5].tolist() == pytest.approx(lab[1:], abs=0.02)
    assert prediction.rgb_lightness is not None
    assert prediction.rgb_lightness[0, 0, 3, 5].item() == pytest.approx(lab[0], abs=0.02)


def test_icolorit_sees_hints_in_cells_and_no_color_without_them() -> None:
    network = filled(SMALL["icolorit"]())
    seen: list[Tensor] = []
    network.patch_embed["proj"].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    hints = torch.zeros(1, 3, 224, 224)
    hints[0, :, 11, 20] = torch.tensor([55.0, -11.0, 1.0])
    with torch.no_grad():
        plain = network(torch.full((1, 1, 224, 224), 50.0), torch.zeros_like(hints)).chroma
        told = network(torch.full((1, 1, 224, 224), 50.0), hints).chroma
        small = network(torch.full((1, 1, 60, 90), 50.0), torch.zeros(1, 3, 60, 90)).chroma
    assert not seen[0].any()
    rows, columns = torch.nonzero(seen[1][0, 3], as_tuple=True)
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [
        (10, 20), (10, 21), (11, 20), (11, 21)
    ]  # fmt: skip
    assert seen[1][0, 1:3, 10, 21].tolist() == pytest.approx([0.5, -0.1])
    assert not torch.allclose(plain, told)
    assert small.shape == (1, 2, 60, 90)


def test_instcolorization_takes_a_half_from_the_mask() -> None:
    with torch.device("meta"):
        networks = [PUBLISHED[name].build() for name in ("siggraph17", "instcolorization")]
    seen: list[Tensor] = []

    class Seen(Exception):  # noqa: N818
        pass

    def look(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        seen.append(given[0][0, 3])
        raise Seen

    for network in networks:
        network.model1.register_forward_pre_hook(look)
        with pytest.raises(Seen):
            network(torch.zeros(1, 1, 8, 8), torch.zeros(1, 3, 8, 8))
    assert [part.unique().tolist() for part in seen] == [[0.0], [-0.5]]
