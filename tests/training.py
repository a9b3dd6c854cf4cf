"""Tiny runs for tests: settings that make any recipe train in seconds, and pictures to train on."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from photochrom.lab.training.recipe import Recipe, load_recipe
from photochrom.lab.training.run import Run

COMMON = (
    "steps=6",
    "batch_size=4",
    "reference_size=32",
    "held_out=4",
    "sizes=[32]",
    "sides=[48]",
    "validate_every=3",
    "precision=32-true",
    "warmup_steps=1",
    "decay_share=0",
    "duplicates=exact",
)
NARROW = ("network.width=0.125",)
SMALL_PATCHES = ("adversarial.patch.layers=1", "adversarial.patch.width=8")
TINY = {
    "autochrome": (
        "network.pretrained=false",
        "network.trunk_scale=0.1",
        "network.widths=[16, 16, 8, 8]",
        "freeze=",
        "side_shares=[]",
    ),
    "cic": NARROW,
    "cic-gan": (*NARROW, *SMALL_PATCHES, "adversarial.start_share=0"),
    "siggraph": NARROW,
    "plain": NARROW,
    "cgan": ("network.levels=4", "network.width=8", *SMALL_PATCHES),
    "resnet-l2": NARROW,
    "resnet-mcl": NARROW,
}
TRUNK = {"embedding_size": 8, "hidden_sizes": [8, 12, 16, 20], "depths": [1, 2, 2, 2]}


def tiny_recipe(name: str, *more: str) -> Recipe:
    """Load a recipe of the package, made tiny."""
    return load_recipe(name, [*COMMON, *TINY[name], *more])


def words_for(name: str, photos: Path, out: Path, *more: str) -> list[str]:
    """Give the words of a `train` command for a tiny run."""
    settings = [w for setting in (*COMMON, *TINY[name], *more) for w in ("--set", setting)]
    return ["train", name, "--photos", str(photos), "--out", str(out), *settings]


def save_trunk(folder: Path) -> Path:
    """Save a tiny seeded ResNet as Hugging Face lays it out."""
    import transformers  # noqa: PLC0415  (slow to import)

    torch.manual_seed(0)
    config = transformers.ResNetConfig(**TRUNK)
    model = transformers.ResNetForImageClassification(config)
    folder.mkdir(parents=True)
    model.config.to_json_file(folder / "config.json", use_diff=False)
    save_file(model.state_dict(), folder / "model.safetensors", {"format": "pt"})
    return folder


def make_photos(folder: Path, count: int = 16) -> Path:
    """Paint pictures: blue above, green below, a red square that moves."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        pixels = np.full((48, 48, 3), (90, 140, 230), np.uint8)
        pixels[24:] = (60, 130, 40)
        pixels[20:32, n : n + 12] = (190, 40, 40 + n)
        Image.fromarray(pixels).save(folder / f"{n:02}.png")
    return folder


def weights_of(run: Run) -> dict[str, torch.Tensor]:
    """Read all weights of a run's newest checkpoint."""
    state: dict[str, torch.Tensor] = torch.load(
        run.checkpoint, map_location="cpu", weights_only=True
    )["state_dict"]
    return state
