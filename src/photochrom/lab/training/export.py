"""Turn a training run, and what a person says of it in TOML, into one contract file."""

import pickle
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from photochrom.errors import InputError, ModelError, RunError
from photochrom.files import decoded
from photochrom.lab.exporting.contract import write_contract
from photochrom.lab.networks.build import build_network
from photochrom.lab.networks.colorizers.autochrome import AutochromeConfig
from photochrom.lab.networks.colorizers.cic import CicConfig
from photochrom.lab.networks.colorizers.resnet import ResnetConfig
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput
from photochrom.lab.training.recipe import Recipe
from photochrom.lab.training.run import Run
from photochrom.lab.training.start import WEIGHTS_PREFIX
from photochrom.models.card import Card
from photochrom.texts import json_line, parse_toml

_FILLED_BY_EXPORT: Final = {"bins", "recipe", "commit", "contract", "size_multiple", "base_sha256"}


def load_card(path: Path | None, run: Run, network: ColorNetwork) -> Card:
    """Make a card from a run and, if given, a TOML file of card values.

    A run that started from another model takes working size, saturation and training data from that
    model's card; else the working size is the largest size it was trained at.

    Args:
        path: TOML with any of the card's fields that a person writes, or None.
        run: what the card is about.
        network: of the run.

    Raises:
        InputError: when the file is not TOML, or has unknown or impossible values.
    """
    recipe, base = run.recipe(), run.base_card()
    values: dict[str, Any] = {
        "name": recipe.name,
        "working_size": max(recipe.sizes),
        "size_multiple": network.size_multiple,
        "temperature": network.temperature,
        "license": "unknown: set it with --card",
        "training_data": "unknown: set it with --card",
    }
    if base:
        values |= {
            "working_size": base.working_size,
            "saturation": base.saturation,
            "training_data": f"{base.training_data} Then photographs that --card should name.",
        }
    values |= _read(path) if path is not None else {}
    try:
        return Card.from_json(json_line(values))
    except (ModelError, TypeError) as error:
        raise InputError(f"{path}: {error}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        values = parse_toml(decoded(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable TOML file: {error}") from error
    forbidden = sorted(_FILLED_BY_EXPORT & set(values))
    if forbidden:
        raise InputError(f"{path}: {', '.join(forbidden)} are filled in by the export")
    return values


class ContractNetwork(nn.Module):
    """A thin wrapper for export: the network's weights under the names they have in a run."""

    def __init__(self, network: ColorNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, lightness: Tensor) -> NetworkOutput:
        """Map L* (N, 1, H, W) to the outputs of the contract."""
        return self.network(lightness)


class HintedContractNetwork(ContractNetwork):
    """The same for a network that takes hints."""

    def forward(self, lightness: Tensor, hints: Tensor) -> NetworkOutput:  # type: ignore[override]
        """Map L* (N, 1, H, W) and hints (N, 3, H, W) to the outputs of the contract."""
        return self.network(lightness, hints)


def contract_network(network: ColorNetwork) -> nn.Module:
    """Wrap a network for `write_contract`, with the inputs that it takes."""
    return HintedContractNetwork(network) if network.takes_hints else ContractNetwork(network)


def export(run: Run, target: Path, card: Card) -> float:
    """Write the averaged weights of a run's checkpoint as a contract file.

    Args:
        run: a run folder with a checkpoint; its recipe says whether the best or the last counts.
        target: the file to write; an existing one is replaced.
        card: what the file says about itself; recipe, bins and commit are filled in here.

    Returns:
        The worst difference between torch and ONNX Runtime, in ab units.

    Raises:
        RunError: when the run has no checkpoint.
        ModelError: when torch and ONNX Runtime disagree.
    """
    recipe = run.recipe()
    network = network_of(recipe, card.temperature)
    network.load_state_dict(_averaged_weights(run), strict=True)
    found = run.environment().get("init_sha256")  # old runs did not say
    base_sha256 = found if isinstance(found, str) else None
    finished = completed(card, recipe, network, base_sha256=base_sha256)
    return write_contract(contract_network(network), finished, target, half=True)


def completed(
    card: Card, recipe: Recipe, network: ColorNetwork, *, base_sha256: str | None = None
) -> Card:
    """Fill in what the run knows: bins, size multiple, inputs, recipe, base and commit."""
    bins, config = network.bin_centers(), recipe.network
    # the names of files, but not where they lie on somebody's disk
    if isinstance(config, ResnetConfig) and Path(config.trunk).is_dir():
        config = replace(config, trunk=Path(config.trunk).name)
    told = replace(
        recipe,
        network=config,
        init=Path(recipe.init).name,
        split=Path(recipe.split).name,
        perceptual_weights=Path(recipe.perceptual_weights).name,
    )
    return replace(
        card,
        size_multiple=network.size_multiple,
        bins=() if bins is None else tuple((float(a), float(b)) for a, b in bins),
        neutral_inputs={"hints": 0.0} if network.takes_hints else {},
        base_sha256=base_sha256,
        recipe=told.to_dict(),
        commit=_commit(),
    )


def _averaged_weights(run: Run) -> dict[str, Tensor]:
    """Read the moving average of the network's weights from the checkpoint that counts."""
    is_best = run.recipe().keep == "best" and run.best_checkpoint.exists()
    checkpoint = run.best_checkpoint if is_best else run.checkpoint
    if not checkpoint.exists():
        raise RunError(f"{run.folder} has no checkpoint to export")
    try:
        loaded = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        raise RunError(f"{checkpoint} cannot be read as a checkpoint") from error
    weights: dict[str, Any] = loaded["state_dict"]
    names = [name for name in weights if name.startswith(WEIGHTS_PREFIX)]
    return {name.removeprefix(WEIGHTS_PREFIX): weights[name] for name in names}


def network_of(recipe: Recipe, temperature: float | None = None) -> ColorNetwork:
    """Build the network of a recipe.

    Args:
        recipe: of the run.
        temperature: T at which it decodes its distribution; None for the recipe's own.
    """
    config = recipe.network
    if temperature is not None and isinstance(config, AutochromeConfig | CicConfig | ResnetConfig):
        config = replace(config, temperature=temperature)
    return build_network(config)


def _commit() -> str | None:
    """Ask git for the commit of this code; None outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        result = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()
