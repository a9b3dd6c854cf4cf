"""Where a run starts from: another model's weights, and what of them stays as it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import lightning as L
import torch
from torch import nn

from photochrom.errors import InputError
from photochrom.lab.exporting.contract import read_weights
from photochrom.lab.networks.build import build_network
from photochrom.lab.networks.colorizers.autochrome import AutochromeConfig
from photochrom.lab.networks.colorizers.resnet import ResnetConfig, load_trunk, resolve_trunk
from photochrom.lab.networks.efficientnet import load_published, published_weights
from photochrom.lab.networks.patchgan import smallest_side
from photochrom.lab.networks.prediction import ColorNetwork
from photochrom.lab.networks.weights_file import complaint
from photochrom.lab.training.objective import check_losses
from photochrom.lab.training.recipe import Recipe
from photochrom.models.card import ADAPTATION
from photochrom.models.contract import read_contract
from photochrom.models.registry import resolve_model

WEIGHTS_PREFIX = "network."  # of the weights in files that a run exported


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a run begins with.

    Attributes:
        recipe: with everything about the network resolved.
        network: with the weights it starts from, frozen ones not learning.
        origin: where the weights come from, in words.
    """

    recipe: Recipe
    network: ColorNetwork
    origin: str


def begin(recipe: Recipe, *, resolved: Recipe | None) -> Start:
    """Build the network of a run, with the weights it starts from.

    Args:
        recipe: of the run.
        resolved: the recipe as the run folder has it, when the run is resumed: its weights come
            from the checkpoint.

    Raises:
        InputError: when the model to start from does not fit, or freezing leaves nothing.
        ModelError: when a file of weights is missing or damaged.
    """
    L.seed_everything(recipe.seed, verbose=False)
    start = _resumed(recipe, resolved) if resolved else _fresh(recipe)
    check_losses(recipe, start.network)
    # averages are smaller than what they are averages of; a network that is normalized by the
    # statistics of the latter fades from block to block, until it paints one color everywhere
    if recipe.average_decay and start.network.has_batch_statistics:
        remedy = "set average_decay to 0, or network.norm to group where there is one"
        raise InputError(f"averaged weights do not go with batch norms: {remedy}")
    _check_sizes(recipe, start.network)
    frozen = freeze(start.network, recipe.freeze)
    return replace(start, origin=f"{start.origin}; {frozen} are frozen") if frozen else start


def _check_sizes(recipe: Recipe, network: ColorNetwork) -> None:
    """Refuse sizes that the network, or the discriminator beside it, cannot take."""
    unfit = [size for size in recipe.sizes if size % network.size_multiple]
    if unfit:
        allowed = f"multiples of {network.size_multiple} for this network"
        raise InputError(f"sizes must be {allowed}, not {unfit[0]}")
    if not recipe.is_adversarial:
        return
    smallest = min(recipe.sizes)
    network.eval()  # looking must not move the statistics of batch norms
    with torch.no_grad():
        blank = [torch.zeros(2, channels, smallest, smallest) for channels in (1, 3)]
        painted = network(*blank[: 1 + network.takes_hints]).chroma.shape[-1]
    network.train()
    needed = smallest_side(recipe.adversarial.patch.layers)
    if painted < needed:
        raise InputError(
            f"at size {smallest} the network paints {painted} px, and a discriminator of "
            f"{recipe.adversarial.patch.layers} layers needs {needed}: raise sizes or lower "
            "adversarial.patch.layers"
        )


def _resumed(recipe: Recipe, resolved: Recipe) -> Start:
    network = build_network(resolved.network)
    known = replace(recipe, network=resolved.network)
    return Start(recipe=known, network=network, origin="weights from the newest checkpoint")


def _fresh(recipe: Recipe) -> Start:
    """Start from a model, from a pretrained trunk, or from random weights."""
    config, folder, origin = recipe.network, None, "random weights"
    if isinstance(config, ResnetConfig):
        config, folder, origin = resolve_trunk(config)
    network = build_network(config)
    if folder is not None:
        load_trunk(network, folder)
    if isinstance(config, AutochromeConfig) and config.pretrained and not recipe.init:
        load_published(network.get_submodule("trunk"), published_weights(config.trunk))
        origin = f"trunk {config.trunk}: ImageNet weights of its package; the rest random"
    if recipe.init:
        added = load_start(network, recipe.init)
        origin = f"weights of {recipe.init}" + (f"; {added} more are new" if added else "")
    return Start(recipe=replace(recipe, network=config), network=network, origin=origin)


def load_start(network: ColorNetwork, model: str) -> int:
    """Load the weights of a model into a network, strictly.

    Only what the network calls its additions may be missing; it stays as it is.

    Args:
        network: as the recipe describes it.
        model: name of a model, or a contract file.

    Returns:
        How many weight tensors of the network are not in the model.

    Raises:
        InputError: when the model has another architecture, in one line that says where.
        ModelError: when the model is missing or damaged.
    """
    path = resolve_model(model)
    card, _ = read_contract(path)
    if ADAPTATION in card.recipe:
        base = f"SHA-256 {card.base_sha256}"
        raise InputError(f"{model} is an adapted model: start from its base ({base}), or adapt it")
    stored = read_weights(path)
    wanted = network.state_dict()
    constants = {name for name, _ in network.named_buffers()} - wanted.keys()
    ours = {
        name.removeprefix(WEIGHTS_PREFIX): weight
        for name, weight in stored.items()
        if name.startswith(WEIGHTS_PREFIX)
    }
    learned = {name: weight for name, weight in ours.items() if name not in constants}
    found = learned or {name: stored[name] for name in stored if name in wanted}
    counters = {name: wanted[name] for name in wanted if name.endswith("num_batches_tracked")}
    added = {
        name: wanted[name]
        for name in wanted
        if name.startswith(network.additions) and name not in found
    }
    objection = complaint(wanted, {**counters, **added, **found})  # counters are in no file
    if objection:
        raise InputError(f"{model} ({card.name}) is of another architecture: {objection}")
    network.load_state_dict({**counters, **added, **found})
    return len(added)


def freeze(network: ColorNetwork, patterns: str) -> int:
    """Keep the weights that match a pattern as they are.

    Args:
        network: whose weights stop learning; batch norms among them keep their statistics.
        patterns: shell patterns of weight names, separated by commas; "" freezes nothing.

    Returns:
        How many weight tensors are frozen.

    Raises:
        InputError: when a pattern matches nothing, or nothing is left to learn.
    """
    names = [name for name, _ in network.named_parameters()]
    wanted = [pattern.strip() for pattern in patterns.split(",") if pattern.strip()]
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in names):
            examples = f"{names[0]} … {names[-1]}"
            raise InputError(f"freeze={pattern} matches no weight; there are {examples}")
    frozen = 0
    for name, parameter in network.named_parameters():
        if any(fnmatchcase(name, pattern) for pattern in wanted):
            parameter.requires_grad_(False)
            frozen += 1
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise InputError(f"freeze={patterns} leaves nothing to learn")
    return frozen


def frozen_blocks(network: nn.Module) -> Iterator[nn.Module]:
    """List the innermost modules that have weights, none of which learns."""
    for block in network.modules():
        own = list(block.parameters(recurse=False))
        if own and not any(parameter.requires_grad for parameter in own):
            yield block
