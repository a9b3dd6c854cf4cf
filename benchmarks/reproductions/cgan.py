"""Reproduction 2: cGAN-250, pix2pix from 250 photographs; and whether it sees objects.

python benchmarks/reproductions/cgan.py train | report
"""

import sys
from collections.abc import Callable

import numpy as np
from measuring import collection_of, table
from numpy.typing import NDArray

from photochrom.collection import Collection
from photochrom.color.gamut import fit_to_srgb
from photochrom.color.lab import gray_to_lightness, srgb_to_lab
from photochrom.engine.colorizer import Colorizer
from photochrom.evaluation import evaluate
from photochrom.evaluation.contestants.baselines import LightnessLookup
from photochrom.evaluation.contestants.models import raw_rgb
from training import exported, photos, run_of, trained

U8 = NDArray[np.uint8]

FLOWERS = (
    "network.levels=7",
    "network.width=16",
    "adversarial.patch.width=16",
    "sizes=[128]",
    "sides=[144]",
    "reference_size=128",
    "pictures=250",
    "held_out=30",
)
BEARS = (
    "network.levels=6",
    "network.width=32",
    "adversarial.patch.width=32",
    "adversarial.patch.layers=2",
    "sizes=[64]",
    "sides=[64]",
    "smallest_crop=0.89",
    "reference_size=64",
    "pictures=250",
    "held_out=100",
    'labels=["brown bear"]',
)
RAISED_BY = 30.0  # L*
OTHERS = ("Persian cat", "goose")


def train() -> None:
    """Train flowers for 50 and 5 epochs, painting ab and all of RGB; and brown bears."""
    flowers, shards = photos("flowers.parquet"), photos("train-small-*.parquet")
    trained("cgan/bears", "cgan", shards, (*BEARS, "epochs=50"))
    for output in ("ab", "rgb"):
        for epochs in (5, 50):
            settings = (*FLOWERS, f"network.output={output}", f"epochs={epochs}")
            trained(f"cgan/flowers-{output}-{epochs}", "cgan", flowers, settings)


def report() -> None:
    """Print SSIM on the held-out flowers, then what the bears' model does to other pictures."""
    names = [f"flowers-{output}-{epochs}" for output in ("ab", "rgb") for epochs in (5, 50)]
    colorizers = {name: Colorizer(exported(f"cgan/{name}"), threads=1) for name in names}
    models = {name: colorizer.colorize_array for name, colorizer in colorizers.items()}
    models |= {f"{n} (raw RGB)": raw_rgb(c) for n, c in colorizers.items() if "rgb" in n}
    held_out = collection_of(photos("flowers.parquet"), split="cgan/flowers-ab-50")
    found = evaluate(models, held_out)
    metrics = ("ssim", "psnr", "auc", "auc_rebalanced", "colorfulness")
    pairs = [(f"flowers-{output}-50", f"flowers-{output}-5") for output in ("ab", "rgb")]
    print(table("held-out flowers", found, metrics, pairs))
    _probe()


def _probe() -> None:
    """Ask the bears' model for bears, for bears made lighter, for white cats, for geese."""
    shards = photos("train-small-*.parquet")
    split = "cgan/bears"
    learned = collection_of(shards, split=split, part="train")
    bears = collection_of(shards, split=split)
    model = Colorizer(exported("cgan/bears"), threads=1).colorize_array
    lookup = LightnessLookup(learned)
    everything = collection_of(shards)
    sets = {"held-out bears": bears} | {
        label: Collection([item for item in everything if item.label == label][:100])
        for label in OTHERS
    }
    print("| pictures | lightness | truth a*, b* | model a*, b* | lookup a*, b* | explained |")
    print("|---|---|---|---|---|---|")
    for name, pictures in sets.items():
        for raised in (0.0, RAISED_BY):
            print(_row(name, raised, pictures, model, lookup))
    print(f"\n{len(run_of(split).recipe().labels)} label, {len(learned)} bears learned from\n")
    metrics = ("auc", "auc_rebalanced", "colorfulness")
    pairs = [("model", "lookup"), ("model", "gray")]
    for name, pictures in sets.items():
        print(table(name, evaluate({"model": model, "lookup": lookup}, pictures), metrics, pairs))


def _row(
    name: str,
    raised: float,
    pictures: Collection,
    model: Callable[[U8], U8],
    lookup: Callable[[U8], U8],
) -> str:
    """Compare mean colors, and tell how much of the model's chroma the lookup explains."""
    truths = [item.read() for item in pictures]
    grays = [_lighter(picture, raised) for picture in truths]
    painted = np.concatenate([_chroma(model(gray)) for gray in grays])
    looked_up = np.concatenate([_chroma(lookup(gray)) for gray in grays])
    truth = np.concatenate([_chroma(picture) for picture in truths])
    left_over = ((painted - looked_up) ** 2).sum() / ((painted - painted.mean(axis=0)) ** 2).sum()
    lightness = np.mean([gray_to_lightness(gray / 255).mean() for gray in grays])
    means = " | ".join("{:+.1f}, {:+.1f}".format(*c.mean(0)) for c in (truth, painted, looked_up))
    title = f"{name}, L* + {raised:g}" if raised else name
    return f"| {title} | {lightness:.0f} | {means} | {100 * (1 - left_over):.0f} % |"


def _lighter(picture: U8, raised: float) -> U8:
    """Make a picture gray and raise its L*."""
    lightness = srgb_to_lab(picture.astype(np.float32) / 255)[..., 0]
    raised_l = np.clip(lightness + raised, 0, 100).astype(np.float32)
    gray = fit_to_srgb(raised_l, np.zeros((2, *raised_l.shape), np.float32))[..., 0]
    return np.asarray(np.rint(255 * gray), np.uint8)


def _chroma(picture: U8) -> NDArray[np.float64]:
    """Give the a* and b* (n, 2) of every pixel."""
    return srgb_to_lab(picture.astype(np.float64) / 255)[..., 1:].reshape(-1, 2)


if __name__ == "__main__":
    {"train": train, "report": report}[sys.argv[1]]()
