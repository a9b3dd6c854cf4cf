"""Put the built-in model's measured numbers into the README, the model card and the card's TOML.

photochrom evaluate --photos VAL... --json > evaluation.json
python benchmarks/fill_numbers.py evaluation.json
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from timing import ROOT

Row = dict[str, Any]
PAGES = ("README.md", "docs/model-card.md")
CARD = "src/photochrom/recipes/cards/autochrome.toml"


def table(models: list[Row]) -> str:
    """Write the table of the pages: one row a model, differences to gray in parentheses."""
    gray = next(row for row in models if row["model"] == "gray")
    lines = [
        f"On {gray['n']} photographs (Imagenette's validation set, 224 px, and BSDS500's test set,",
        "protocol `whole-256`), differences to leaving them gray in parentheses:",
        "",
        "| | AuC ↑ | AuC rebalanced ↑ | PSNR ↑ | ΔE00 ↓ | colorfulness / truth, best 1 |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_line(row, gray) for row in models)])


def _line(row: Row, gray: Row) -> str:
    share = row["colorfulness"] / row["colorfulness_truth"]
    cells = [
        f"{row[key]:.{digits}f}{unit} ({row[key] - gray[key]:+.{digits}f})"
        for key, digits, unit in (
            ("auc", 2, " %"),
            ("auc_rebalanced", 2, " %"),
            ("psnr", 2, " dB"),
            ("delta_e", 1, ""),
        )
    ]
    return f"| {row['model']} | {' | '.join(cells)} | {share:.2f} |"


def metrics(models: list[Row]) -> str:
    """Write the metrics of the card, as TOML."""
    ours, gray = models[0], next(row for row in models if row["model"] == "gray")
    values = {
        "photographs": ours["n"],
        "auc": ours["auc"],
        "auc_over_gray": ours["auc"] - gray["auc"],
        "auc_rebalanced": ours["auc_rebalanced"],
        "auc_rebalanced_over_gray": ours["auc_rebalanced"] - gray["auc_rebalanced"],
        "psnr_db": ours["psnr"],
        "psnr_over_gray_db": ours["psnr"] - gray["psnr"],
        "colorfulness_share": ours["colorfulness"] / ours["colorfulness_truth"],
    }
    return "[metrics]\n" + "".join(f"{key} = {round(value, 3)}\n" for key, value in values.items())


def main() -> None:
    """Rewrite what stands between the markers."""
    models = json.loads(Path(sys.argv[1]).read_text())["models"]
    block = f"<!-- numbers -->\n{table(models)}\n<!-- /numbers -->"
    for page in PAGES:
        path = ROOT / page
        text = path.read_text()
        path.write_text(re.sub(r"<!-- numbers -->.*<!-- /numbers -->", block, text, flags=re.S))
    card = ROOT / CARD
    card.write_text(card.read_text().split("[metrics]")[0].rstrip() + "\n\n" + metrics(models))


if __name__ == "__main__":
    main()
