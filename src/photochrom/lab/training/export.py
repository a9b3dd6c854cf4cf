"""Turn a training run into one contract file."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn

from photochrom.color.bins import cic_bins
from photochrom.errors import RunError
from photochrom.lab.networks.autochrome import Autochrome
from photochrom.lab.training.contract_file import read_weights, write_contract
from photochrom.lab.training.fit import Run
from photochrom.lab.training.recipe import Recipe, recipe_from_dict
from photochrom.models.card import Card
from photochrom.models.contract import read_contract

_PREFIX: Final = "network."


class ContractOutputs(NamedTuple):
    """The outputs of a contract file: chroma (N, 2, h, w), distribution (N, Q, h2, w2)."""

    chroma: Tensor
    distribution: Tensor


class ContractNetwork(nn.Module):
    """A thin wrapper for export: the network without its logits, weights under their own names.

    Args:
        network: a trained network.
    """

    def __init__(self, network: Autochrome) -> None:
        super().__init__()
        self.network = network

    def forward(self, lightness: Tensor) -> ContractOutputs:
        """Map L* (N, 1, H, W) to the outputs of the contract."""
        colors = self.network(lightness)
        return ContractOutputs(colors.chroma, colors.distribution)


def export(run: Run, target: Path, card: Card) -> float:
    """Write the averaged weights of a run's newest checkpoint as a contract file.

    Args:
        run: a run folder with a checkpoint.
        target: the file to write; an existing one is replaced.
        card: what the file says about itself; recipe, bins and commit are filled in here.

    Returns:
        The worst difference between torch and ONNX Runtime, in ab units.

    Raises:
        RunError: when the run has no checkpoint.
        ModelError: when torch and ONNX Runtime disagree.
    """
    recipe = run.recipe()
    network = _network(recipe, card)
    network.load_state_dict(averaged_weights(run), strict=True)
    return write_contract(ContractNetwork(network), completed(card, recipe), target, half=True)


def completed(card: Card, recipe: Recipe) -> Card:
    """Fill in what the run knows: bins, size multiple, recipe and commit."""
    return replace(
        card,
        size_multiple=Autochrome.size_multiple,
        bins=tuple((float(a), float(b)) for a, b in cic_bins()),
        recipe=recipe.to_dict(),
        commit=_commit(),
    )


def averaged_weights(run: Run) -> dict[str, Tensor]:
    """Read the moving average of the network's weights from the newest checkpoint."""
    if not run.checkpoint.exists():
        raise RunError(f"{run.folder} has no checkpoint to export")
    weights: dict[str, Any] = torch.load(run.checkpoint, weights_only=True)["state_dict"]
    return {k.removeprefix(_PREFIX): v for k, v in weights.items() if k.startswith(_PREFIX)}


def rebuild(source: Path) -> tuple[Autochrome, Card]:
    """Rebuild the network of a contract file from its recipe and load its weights strictly.

    Args:
        source: a contract file made by `export`.

    Returns:
        The network, and the card of the file.

    Raises:
        RunError: when the file was not trained by a recipe of ours, or its weights do not fit.
    """
    card, _ = read_contract(source)
    if not card.recipe:
        raise RunError(f"{source} carries no recipe, so its network cannot be rebuilt")
    network = _network(recipe_from_dict(card.recipe), card)
    wanted = network.state_dict()
    stored = {k.removeprefix(_PREFIX): v for k, v in read_weights(source).items()}
    try:
        network.load_state_dict({k: v for k, v in stored.items() if k in wanted}, strict=True)
    except RuntimeError as error:
        raise RunError(f"the weights in {source} do not fit its recipe") from error
    return network, card


def _network(recipe: Recipe, card: Card) -> Autochrome:
    """Build the network of a recipe, decoding at the temperature of the card."""
    temperature = card.temperature or recipe.network.temperature
    return Autochrome(replace(recipe.network, temperature=temperature))


def _commit() -> str | None:
    """Ask git for the commit of this code; None outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        result = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()
