"""What a run folder says about its run: to people on a card, to programs in JSON and CSV."""

import platform
from collections import Counter
from importlib.metadata import version

import lightning as L
import numpy as np
import torch

from photochrom.arrays import F64
from photochrom.collection.splits import write_splits
from photochrom.files import write_whole
from photochrom.lab.training.module import ColorizerModule
from photochrom.lab.training.objective import bins_of
from photochrom.lab.training.prepare import Prepared
from photochrom.lab.training.records.bin_weights import BIN_WEIGHTS_FILE, plot_bin_weights
from photochrom.lab.training.records.progress import Pace
from photochrom.lab.training.records.run_card import RunFacts, write_run_card
from photochrom.lab.training.run import Run
from photochrom.models.contract import model_sha256, read_contract, read_model
from photochrom.models.registry import resolve_model


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
        "init_sha256": _sha256_of(module.recipe.init),
    }


def _sha256_of(model: str) -> str | None:
    return model_sha256(read_model(resolve_model(model))) if model else None


def describe_end(run: Run, module: ColorizerModule, prepared: Prepared, pace: Pace) -> None:
    """Write the run's card, and into the environment how fast it was.

    Args:
        run: with its pictures in place.
        module: trained.
        prepared: the pictures.
        pace: of this process.
    """
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
