"""What a run folder says about its run: its card, for people, and JSON and CSV, for programs."""

import json
import platform
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import lightning as L
import numpy as np
import torch

from photochrom.arrays import F64
from photochrom.collection.splits import write_splits
from photochrom.files import file_sha256, write_whole
from photochrom.lab.training.module import ColorizerModule
from photochrom.lab.training.objective import bins_of
from photochrom.lab.training.prepare import Prepared
from photochrom.lab.training.records.bin_weights import BIN_WEIGHTS_FILE, plot_bin_weights
from photochrom.lab.training.records.curve_plot import CURVES_FILE
from photochrom.lab.training.records.progress import Pace
from photochrom.lab.training.records.samples import LAST_SAMPLE
from photochrom.lab.training.run import Run
from photochrom.models.contract import read_contract
from photochrom.models.registry import resolve_model

RUN_CARD: Final = "README.md"
_MOST_LABELS: Final = 20
_MOST_KEYS: Final = 20  # of a table that is written out
_PICTURES: Final = {
    CURVES_FILE: "Losses and scores",
    LAST_SAMPLE: "Held-out pictures: gray, predicted, truth",
    BIN_WEIGHTS_FILE: "Weights of the color bins in the loss",
}
_MEANINGS: Final = {
    "loss": "what was minimized, here on held-out pictures; lower is better",
    "auc": "area under the curve of ab errors, %; higher is better",
    "auc_over_gray": "the same, above leaving the pictures gray; below zero, gray was nearer",
    "chroma_share": "mean chroma over the truth's; 1 is as colorful as the truth",
}
_NEXT_STEPS: Final = """\
## How to go on

```
photochrom export {folder} -o mine.onnx
photochrom colorize old-photograph.jpg --model mine.onnx
photochrom evaluate --model mine.onnx --photos PHOTOGRAPHS --out report
```

The command that began the run, with `--resume`, goes on from the newest checkpoint.
Before you pass the model on, write its license and the origin of the photographs into
the file: `photochrom export --card CARD.toml`.
"""
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|~&#])")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What there is to say about a run.

    Attributes:
        recipe: resolved, as in ``recipe.json``; at least name, description, seed and steps.
        start: where the weights came from, such as "random weights".
        parts: pictures per part: train, validation, test.
        dropped: pictures per reason for leaving them out.
        labels: pictures per label, of all parts; empty when there are none.
        environment: versions and machine, as in ``environment.json``.
        batches: done so far.
        elapsed_s: seconds of training, resumed parts together.
        pictures_per_s: while training.
        waiting_share: of that time spent waiting for data, 0 to 1.
        scores: of the last validation, ``auc`` or ``held_out/auc``.
    """

    recipe: Mapping[str, Any]
    start: str
    parts: Mapping[str, int]
    dropped: Mapping[str, int]
    labels: Mapping[str, int]
    environment: Mapping[str, Any]
    batches: int
    elapsed_s: float
    pictures_per_s: float
    waiting_share: float
    scores: Mapping[str, float]


def write_run_card(folder: Path, facts: RunFacts) -> None:
    """Write ``README.md`` into a run folder, showing the pictures that lie there.

    Raises:
        InputError: when the folder cannot be written to.
    """
    recipe = facts.recipe
    lines = [f"# {escaped(recipe['name'])}: a training run of photochrom", ""]
    if recipe["description"]:
        lines += [escaped(recipe["description"]) + ".", ""]
    lines += [*_data(facts), *_training(facts), *_scores(facts)]
    for name, title in _PICTURES.items():
        if (folder / name).exists():
            lines += [f"![{title}]({name})", ""]
    lines += _NEXT_STEPS.format(folder=shlex.quote(str(folder))).split("\n")
    lines += ["## The recipe", "", "```toml", *_settings(recipe), "```"]
    write_whole(folder / RUN_CARD, "\n".join(lines) + "\n")


def escaped(text: str) -> str:
    r"""Write text from elsewhere, such as a folder's name, so that Markdown shows it as it is.

    >>> print(escaped("a|b_<c>"))
    a\|b\_\<c\>
    """
    printable = "".join(char if char.isprintable() else " " for char in text)
    return _SPECIAL.sub(r"\\\1", printable)


def _data(facts: RunFacts) -> Iterator[str]:
    yield "## What it learned from"
    yield ""
    rows = [(part, str(count)) for part, count in facts.parts.items()]
    rows += [(f"dropped: {reason}", str(count)) for reason, count in facts.dropped.items()]
    yield from _table(("pictures", "number"), rows)
    yield "Which picture went where, with checksums: `splits.csv`. Only `train` was learned from."
    if facts.labels:
        largest = sorted(facts.labels.items(), key=lambda item: (-item[1], item[0]))
        named = [f"{escaped(name)} ({count})" for name, count in largest[:_MOST_LABELS]]
        more = len(largest) - len(named)
        yield ""
        yield f"Labels: {', '.join(named)}{f' and {more} more' if more else ''}."
    yield ""


def _training(facts: RunFacts) -> Iterator[str]:
    yield "## How it learned"
    yield ""
    rows = [
        ("started from", facts.start),
        ("batches", f"{facts.batches} of {facts.recipe['steps']}"),
        ("time", duration(facts.elapsed_s)),
        ("pictures per second", f"{facts.pictures_per_s:.0f}"),
        ("time spent waiting for data", f"{100 * facts.waiting_share:.0f} %"),
        ("seed of weights, order, augmentation and split", str(facts.recipe["seed"])),
    ]
    rows += [
        (name, str(len(value) if isinstance(value, list | dict) else value))
        for name, value in facts.environment.items()
    ]
    yield from _table(("", ""), rows)


def _scores(facts: RunFacts) -> Iterator[str]:
    yield "## How good it is"
    yield ""
    if not facts.scores:
        yield "No validation took place."
        yield ""
        return
    names = {name: name.removeprefix("held_out/") for name in facts.scores}
    rows = [
        (bare, f"{facts.scores[name]:.4f}", _MEANINGS.get(bare, "")) for name, bare in names.items()
    ]
    yield "On the pictures held out for validation, after the last batch:"
    yield ""
    yield from _table(("score", "value", "meaning"), rows)
    yield "Its colors are guesses that fit the photographs above. They are no evidence of what was."
    yield ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (heads, ["---"] * len(heads)):
        yield f"| {' | '.join(row)} |"
    for row in rows:
        yield f"| {' | '.join(map(escaped, row))} |"
    yield ""


def _settings(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Give TOML lines, as ``--set`` takes them; none can end a block of code."""
    for key, value in values.items():
        if isinstance(value, Mapping) and len(value) > _MOST_KEYS:
            yield f"# {prefix}{key}: in recipe.json"
        elif isinstance(value, Mapping):
            yield from _settings(value, f"{prefix}{key}.")
        else:
            text = json.dumps(value, ensure_ascii=False).replace("`", "\\u0060")
            yield f"{prefix}{key} = {text}"


def duration(elapsed_s: float) -> str:
    """Word a duration.

    >>> duration(42), duration(750), duration(7500)
    ('42 s', '12 min 30 s', '2 h 05 min')
    """
    minutes, seconds = divmod(round(elapsed_s), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


def tally(prepared: Prepared) -> str:
    """Count in one line where the pictures went."""
    parts = Counter(entry.part for entry in prepared.entries)
    line = f"{parts['train']} pictures to train on, {parts['validation']} held out"
    line += f", {parts['test']} for a test" if parts["test"] else ""
    dropped = _dropped(prepared)
    if dropped:
        line += "; dropped: " + ", ".join(f"{count} {why}" for why, count in dropped.items())
    if prepared.unreadable:
        line += f" (first {next(iter(prepared.unreadable.values()))})"
    return line


def _dropped(prepared: Prepared) -> Counter[str]:
    return Counter(entry.reason for entry in prepared.entries if entry.part == "dropped")


def describe_start(
    run: Run,
    module: ColorizerModule,
    prepared: Prepared,
    *,
    prior: F64,
    origin: str,
) -> None:
    """Write recipe, environment, splits and the weights of the bins into the folder of a new run.

    Args:
        run: its folder is made when missing.
        module: about to be trained.
        prepared: the pictures.
        prior: (Q,) smoothed prior over the bins.
        origin: where the weights come from, in words.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    run.write_json(run.environment_file, _environment(module, prepared, origin))
    write_splits(run.splits_file, prepared.entries)
    if module.recipe.init:
        card, _ = read_contract(resolve_model(module.recipe.init))
        write_whole(run.base_card_file, card.to_json())
    run.write_json(run.recipe_file, module.recipe.to_dict())
    weights = module.objective.weights.numpy().astype(np.float64)
    plot_bin_weights(weights, prior, bins_of(module.network), run.folder / BIN_WEIGHTS_FILE)


def _environment(module: ColorizerModule, prepared: Prepared, origin: str) -> dict[str, object]:
    return {
        "started_from": origin,
        "pictures": prepared.count,
        "unreadable": dict(prepared.unreadable),
        "torch": torch.__version__,
        "lightning": L.__version__,
        "python": platform.python_version(),
        "photochrom": version("photochrom"),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
        "accelerators": [
            torch.cuda.get_device_name(place) for place in range(torch.cuda.device_count())
        ],
        "parameters": sum(weight.numel() for weight in module.network.parameters()),
        "init_sha256": file_sha256(resolve_model(init)) if (init := module.recipe.init) else None,
    }


def describe_end(run: Run, module: ColorizerModule, prepared: Prepared, pace: Pace) -> None:
    """Write the run's card, and into the environment how fast it was."""
    environment = run.environment()
    worked = {
        "pictures_per_s": pace.pictures_per_s,
        "waiting_share": pace.waiting_share,
        "precision": module.trainer.precision,
    }
    run.write_json(run.environment_file, {**environment, **worked})
    kept = [entry for entry in prepared.entries if entry.part != "dropped"]
    facts = RunFacts(
        recipe=module.recipe.to_dict(),
        start=str(environment.get("started_from", "unknown")),
        parts=Counter(entry.part for entry in kept),
        dropped=_dropped(prepared),
        labels=Counter(entry.label for entry in kept if entry.label),
        environment=environment,
        batches=module.batches_done,
        elapsed_s=module.elapsed_s,
        pictures_per_s=pace.pictures_per_s,
        waiting_share=pace.waiting_share,
        scores={
            name: float(value)
            for name, value in module.trainer.callback_metrics.items()
            if name.startswith("held_out/")
        },
    )
    write_run_card(run.folder, facts)
