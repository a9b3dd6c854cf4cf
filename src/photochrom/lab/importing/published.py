"""Turn a published PyTorch checkpoint into a contract file: strictly, and proved.

The checkpoint is hostile until checked: it is read as weights only, so that a pickle with code is
refused, and every name and shape must be exactly the published one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from photochrom.errors import InputError, ModelError
from photochrom.files import file_sha256
from photochrom.lab.data.pictures import available_bytes
from photochrom.lab.exporting.contract import write_contract
from photochrom.lab.importing.kinds import KINDS, PublishedNetwork
from photochrom.lab.networks.folding import fold, published_form
from photochrom.lab.networks.prediction import ColorNetwork
from photochrom.lab.networks.weights_file import complaint, read_weights_file
from photochrom.models.card import Card
from photochrom.models.fetch import record_sha256
from photochrom.models.registry import MODELS, ModelRow, contract_path

_FIXED_BYTES: Final = 400_000_000  # that an import takes, by benchmarks/importing.py: PyTorch,
_TIMES: Final = 7  # and so many times the checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did.

    Attributes:
        kind: the name of the published network.
        path: of the file.
        difference: the worst difference between torch and ONNX Runtime.
        unit: of the difference.
    """

    kind: str
    path: Path
    difference: float
    unit: str = "a*, b* units"

    @property
    def agreement(self) -> str:
        """The difference with its unit."""
        return f"{self.difference:.2g} {self.unit}"


def import_published(
    source: Path, *, kind: str | None = None, target: Path | None = None, overwrite: bool = False
) -> ImportReport:
    """Turn a published checkpoint into a contract file.

    Args:
        source: the published `.pth` or `.bin` file.
        kind: a name of `KINDS`; told from the names of the weights when not given.
        target: the contract file. When not given, a file of the list of models, told by its
            SHA-256, takes its model's place in the models' home, where its own SHA-256 is recorded
            beside it; any other becomes an `.onnx` file beside the source.
        overwrite: replace a file that is already there.

    Returns:
        What was imported, where it lies, and how exactly ONNX Runtime repeats torch.

    Raises:
        InputError: the target is there and may not be replaced.
        ModelError: the file cannot be read as plain weights, its names, shapes or values are not
            those of the network, or ONNX Runtime computes something else.
    """
    weights = read_weights_file(source)
    published, network = load_published(kind or guess_kind(weights), weights)
    del weights
    sha256 = file_sha256(source)
    # the model of the list that a file is, or whose place every file of its kind takes
    known = [each for each in MODELS if each.checkpoint and each.checkpoint.sha256 == sha256]
    known += [each for each in MODELS if published.takes_place and each.name == published.name]
    row = known[0] if known else None
    is_listed = target is None and row is not None
    path = target or (source.with_suffix(".onnx") if row is None else contract_path(row))
    if path.exists() and not overwrite:
        raise InputError(f"{path} is already there; --force replaces it")
    card = _card(published, network, row, sha256)
    difference = write_contract(
        network,
        card,
        path,
        half=published.half,
        traced=published.half,
        tolerance=published.tolerance,
    )
    if is_listed:
        record_sha256(path)
    return ImportReport(kind=published.name, path=path, difference=difference)


def memory_warning(size_bytes: int) -> str:
    """Warn of an import that takes most of the memory; empty where there is plenty."""
    needed, free = _FIXED_BYTES + _TIMES * size_bytes, available_bytes()
    if needed < free / 2:
        return ""
    told = (
        f"importing takes about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free"
    )
    return f"WARNING: {told}; on a larger machine it makes the same .onnx file, to be copied"


def guess_kind(weights: Mapping[str, Tensor]) -> str:
    """Tell from the names of its weights which kind of network a checkpoint belongs to.

    Raises:
        ModelError: when it is none of them.
    """
    for kind, networks in KINDS.items():
        if all(name in weights for name in networks[0].signature):
            return kind
    raise ModelError(
        f"the weights are of no network that can be imported; known are {', '.join(KINDS)}"
    )


def load_published(
    kind: str, weights: Mapping[str, Tensor]
) -> tuple[PublishedNetwork, ColorNetwork]:
    """Build a published network and load its weights strictly, norms of weights folded.

    Args:
        kind: a name of `KINDS`; of its sizes, that which most of the shapes are of.
        weights: state-dict name to tensor.

    Returns:
        What was published, and the network, ready to predict.

    Raises:
        ModelError: unknown kind, or a name is missing, unknown, of another shape, or not finite.
    """
    if kind not in KINDS:
        raise ModelError(f"{kind!r} cannot be imported; known are {', '.join(KINDS)}")
    built = []
    for each in KINDS[kind]:
        with torch.device("meta"):  # without weights, for the names and shapes that were published
            network = each.build()
        form = {**published_form(network), **network.idle}
        alike = sum(
            name in weights and weights[name].shape == like.shape for name, like in form.items()
        )
        built.append((alike, each, network, form))
    _, published, network, form = max(built, key=itemgetter(0))
    objection = complaint(form, weights)
    if objection:
        raise ModelError(f"the weights are not those of {published.name}: {objection}")
    for name, like in network.idle.items():
        if not (like.is_meta or torch.equal(like, weights[name])):
            raise ModelError(f"the weights are not those of {published.name}: {name} has changed")
    own = network.state_dict()
    folded = fold({name: value for name, value in weights.items() if name not in network.idle})
    typed = {name: value.to(own[name].dtype) for name, value in folded.items()}
    network.load_state_dict(typed, strict=True, assign=True)
    return published, network.eval()


def _card(
    published: PublishedNetwork, network: ColorNetwork, row: ModelRow | None, sha256: str
) -> Card:
    centers = network.bin_centers()
    return Card(
        name=published.name if row is None else row.name,
        working_size=published.working_size,
        largest_size=published.largest_size,
        size_multiple=network.size_multiple,
        temperature=network.temperature,
        bins=() if centers is None else tuple((float(a), float(b)) for a, b in centers),
        neutral_inputs={"hints": 0.0} if network.takes_hints else {},
        license=published.license if row is None else row.license,
        training_data=(row and row.training_data) or published.training_data,
        recipe={"published": published.name, "checkpoint_sha256": sha256},
        description=published.description if row is None else row.description,
    )
