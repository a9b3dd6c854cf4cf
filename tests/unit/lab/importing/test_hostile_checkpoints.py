"""Checkpoints of strangers: containers that are known, and all else refused in one line."""

import builtins
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import Tensor

from photochrom.errors import ModelError
from photochrom.lab.importing.any import import_any
from photochrom.lab.importing.kinds import KINDS
from photochrom.lab.importing.published import guess_kind, load_published
from photochrom.lab.networks.folding import published_form
from photochrom.lab.networks.weights_file import read_weights_file

WEIGHTS = OrderedDict(a=torch.arange(3.0))


def empty(kind: str, size: int = 0) -> dict[str, Tensor]:
    """A published form without memory: every weight is one zero, repeated."""
    with torch.device("meta"):
        network = KINDS[kind][size].build()
    form = {**published_form(network), **network.idle}
    return {name: torch.zeros((), dtype=v.dtype).expand(v.shape) for name, v in form.items()}


@pytest.mark.parametrize("is_new", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize(
    "content",
    [
        WEIGHTS,
        {"params": WEIGHTS},
        {"model": WEIGHTS},
        {"model": WEIGHTS, "opt": {"state": {}, "param_groups": [{"lr": slice(1e-5, 1e-3)}]}},
    ],
    ids=["bare", "params", "model", "fastai"],
)
def test_published_containers_are_opened(tmp_path: Path, content: object, is_new: bool) -> None:
    path = tmp_path / "weights.pth"
    torch.save(content, path, _use_new_zipfile_serialization=is_new)
    found = read_weights_file(path)
    assert found.keys() == {"a"}
    assert torch.equal(found["a"], WEIGHTS["a"])


@pytest.mark.parametrize(
    "content",
    [
        {"params_ema": WEIGHTS},
        {"params": WEIGHTS, "model": WEIGHTS},
        {"model": WEIGHTS, "epoch": 3},
        {"params": {"a": 3}},
        {"model": [torch.zeros(1)]},
        [torch.zeros(1)],
    ],
    ids=["other-key", "two", "more", "numbers", "list", "bare-list"],
)
def test_other_containers_are_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "weights.pth")
    with pytest.raises(ModelError, match="not a plain table of names and weights"):
        read_weights_file(tmp_path / "weights.pth")


class Call:
    """Unpickles into a call."""

    def __init__(self, function: object, *words: object) -> None:
        self.function, self.words = function, words

    def __reduce__(self) -> tuple[object, ...]:
        return (self.function, self.words)


@pytest.mark.parametrize(
    "call",
    [
        Call(builtins.eval, "1"),
        Call(builtins.range, 3),
        Call(pickle.loads, b"N."),
        Call(getattr, slice, "indices"),
    ],
    ids=["eval", "range", "loads", "getattr"],
)
def test_beside_slice_nothing_is_let_through(tmp_path: Path, call: Call) -> None:
    torch.save({"model": WEIGHTS, "opt": call}, tmp_path / "weights.pth")
    with pytest.raises(ModelError, match="nothing in it was run") as caught:
        read_weights_file(tmp_path / "weights.pth")
    assert "\n" not in str(caught.value)


def test_a_file_that_unpacks_to_more_than_it_is_is_refused_before(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain.pth", tmp_path / "packed.pth"
    torch.save({"a": torch.zeros(1_000_000)}, plain)
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    with pytest.raises(ModelError, match="would unpack to 4"):
        read_weights_file(packed)


@pytest.mark.parametrize("is_new", [True, False], ids=["zip", "legacy"])
def test_a_file_cut_short_is_one_line(tmp_path: Path, is_new: bool) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"params": {"a": torch.zeros(5000)}}, path, _use_new_zipfile_serialization=is_new)
    whole = path.read_bytes()
    for share in (0.3, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ModelError, match=r"weights\.pth") as caught:
            read_weights_file(path)
        assert "\n" not in str(caught.value)


def test_a_tensor_of_ten_terabytes_is_refused_by_its_shape(tmp_path: Path) -> None:
    weights = empty("icolorit")
    weights["patch_embed.proj.weight"] = torch.zeros(1).expand(10**13)
    torch.save({"params": weights}, tmp_path / "weights.pth")
    with pytest.raises(ModelError, match=r"proj\.weight is \(10000000000000,\) instead of"):
        import_any([tmp_path / "weights.pth"])


@pytest.mark.parametrize(
    ("kind", "size", "name"),
    [
        ("ddcolor", 1, "ddcolor-large"),
        ("deoldify", 0, "deoldify-deep"),
        ("icolorit", 1, "icolorit-small"),
    ],
)
def test_kind_and_size_are_told_and_the_first_wrong_weight_is_named(
    kind: str, size: int, name: str
) -> None:
    weights = empty(kind, size)
    assert guess_kind(weights) == kind
    dropped = sorted(weights)[3]
    del weights[dropped]
    weights["stray.weight"] = torch.zeros(1)
    with pytest.raises(ModelError) as caught:
        load_published(kind, weights)
    text = f"the weights are not those of {name}: 1 missing (first {dropped})"
    assert str(caught.value) == f"{text}, 1 unknown (first stray.weight)"


def test_positions_that_are_not_the_published_ones_are_refused() -> None:
    weights = empty("icolorit")
    with pytest.raises(ModelError, match=r"blocks\.0\.attn\.relative_position_index has changed"):
        load_published("icolorit", weights)


def test_instcolorization_has_to_be_said() -> None:
    weights = empty("instcolorization")
    assert guess_kind(weights) == "siggraph17"
    published, network = load_published("instcolorization", weights)
    assert published.name == "instcolorization"
    assert network.takes_hints


def test_norms_of_zero_name_the_weight() -> None:
    with pytest.raises(
        ModelError, match=r"the weight of layers\.10\.layers\.0\.0 cannot be folded"
    ):
        load_published("deoldify", dict(sorted(empty("deoldify").items())))
