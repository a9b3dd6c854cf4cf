"""Reproduction 1: squared error against rebalanced classification, one network, same pictures.

python benchmarks/reproductions/losses.py train | report
"""

import sys

from measuring import contest, table

from training import exported, photos, trained

STEPS = 2000
NETWORK = (
    "network.width=0.125",
    "sizes=[64]",
    "sides=[64]",
    "reference_size=64",
    "batch_size=64",
    "learning_rate=1e-3",
    "warmup_steps=200",
    "validate_every=500",
    "keep=last",
)
L2 = (
    "network.head=chroma",
    "classification=0",
    "regression=8.3e-5",  # half the squared distance of ab / 110
    "regression_form=l2",
    "rebalancing_power=0",
)
PAIRS = (("classification", "l2"), ("classification", "gray"), ("l2", "gray"))
METRICS = ("auc", "auc_rebalanced", "colorfulness", "psnr", "ssim", "delta_e")


def train() -> None:
    """Train both."""
    sources = photos("train-small-0[01].parquet")
    for name, more in (("classification", ()), ("l2", L2)):
        trained(f"losses/{name}", "cic", sources, (*NETWORK, f"steps={STEPS}", *more))


def report() -> None:
    """Measure both on photographs that neither has seen."""
    models = {name: exported(f"losses/{name}") for name in ("classification", "l2")}
    for source in ("val-small.parquet", "val-medium.parquet"):
        print(table(source, contest(models, photos(source)), METRICS, PAIRS))


if __name__ == "__main__":
    {"train": train, "report": report}[sys.argv[1]]()
