"""Train every recipe, cut to what two cores manage, for the leaderboard and the audit.

python benchmarks/reproductions/cut.py [RECIPE...]

Each model lands at runs/RECIPE/RECIPE.onnx, where ``make leaderboard`` looks for it; what was
interrupted goes on. A cut model says what its recipe makes of little training, not what the paper's
network can do.
"""

import sys
from pathlib import Path
from typing import Final

from training import exported, photos, trained

CARD: Final = Path(__file__).with_suffix(".toml")
SMALL: Final = (
    "sizes=[64]",
    "sides=[64]",
    "reference_size=64",
    "batch_size=64",
    "warmup_steps=40",
    "validate_every=200",
    "learning_rate=1e-3",
)
SLIM: Final = (*SMALL, "network.width=0.25")
RESNET: Final = (*SLIM, "batch_size=32", "learning_rate=5e-4")
CUTS: Final = {
    "plain": (*SMALL, "steps=400"),
    "cgan": (
        "network.levels=7",
        "network.width=16",
        "adversarial.patch.width=16",
        "sizes=[128]",
        "sides=[144]",
        "reference_size=128",
        "pictures=250",
        "held_out=30",
        "epochs=8",
    ),
    "resnet-mcl": (*RESNET, "steps=200"),
    "cic": (*SLIM, "steps=400"),
    "siggraph": (*SLIM, "steps=200"),
    "cic-gan": (*SLIM, "adversarial.patch.width=16", "steps=200"),
    "resnet-l2": (*RESNET, "steps=120"),
}


def main() -> None:
    """Train and export the recipes that are named, or all."""
    for name in sys.argv[1:] or CUTS:
        pattern = "train-medium-00.parquet" if name == "cgan" else "train-small-0[012].parquet"
        trained(name, name, photos(pattern), CUTS[name])
        print(exported(name, f"{name}.onnx", CARD))


if __name__ == "__main__":
    main()
