"""Reproduction 3: Deep-CNN's plain network against CIC's, photographs against flowers.

python benchmarks/reproductions/plain.py train | report
"""

import sys

from losses import NETWORK, STEPS
from measuring import contest, table

from training import exported, photos, trained

SMALL = tuple(value for value in NETWORK if not value.startswith("network."))
DOMAINS = {"photographs": "train-small-0[01].parquet", "flowers": "flowers.parquet"}
METRICS = (
    "percent_different_0",
    "percent_different_2",
    "percent_different_8",
    "percent_different_16",
    "auc",
    "colorfulness",
)
TESTED = {"photographs": "val-small.parquet", "flowers": "flowers.parquet"}


def train() -> None:
    """Train `plain` on both domains, `cic` on flowers; on photographs that is in `losses.py`."""
    budget = f"steps={STEPS}"
    for domain, source in DOMAINS.items():
        settings = (*SMALL, "network.width=0.25", "average_decay=0.998", budget)
        trained(f"plain/{domain}", "plain", photos(source), settings)
    trained("cic/flowers", "cic", photos(DOMAINS["flowers"]), (*NETWORK, budget))


def report() -> None:
    """Measure the four models in their own domain; of the flowers those held out."""
    runs = {"photographs": "losses/classification", "flowers": "cic/flowers"}
    for domain, source in TESTED.items():
        models = {"plain": exported(f"plain/{domain}"), "cic": exported(runs[domain])}
        split = "plain/flowers" if domain == "flowers" else ""
        found = contest(models, photos(source), split=split)
        print(table(domain, found, METRICS, (("plain", "cic"),)))


if __name__ == "__main__":
    {"train": train, "report": report}[sys.argv[1]]()
