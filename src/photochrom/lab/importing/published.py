"""Turn a published PyTorch checkpoint into a contract file: strictly, and proved.

The checkpoint is hostile until checked: it is read as weights only, so that a pickle with code is
refused, and every name and shape must be exactly the published one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from torch import Tensor

from photochrom.errors import InputError, ModelError
from photochrom.files import file_sha256
from photochrom.lab.exporting.contract import write_contract
from photochrom.lab.networks.build import NetworkConfig, build_network
from photochrom.lab.networks.colorizers.cic import CicConfig
from photochrom.lab.networks.colorizers.siggraph import SiggraphConfig
from photochrom.lab.networks.prediction import ColorNetwork
from photochrom.lab.networks.weights_file import complaint, read_weights_file
from photochrom.models.card import Card
from photochrom.models.fetch import record_sha256
from photochrom.models.registry import contract_path, find_model

_WORKING_SIZE: Final = 256  # both were published for 256 x 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one kind of published checkpoint becomes a network.

    Attributes:
        config: of the network whose weights the checkpoint holds.
        signature: a state-dict name that no other kind has.
    """

    config: NetworkConfig
    signature: str


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


KINDS: Final[Mapping[str, Kind]] = {
    "cic": Kind(
        config=CicConfig(temperature=1.0),  # as released: the distribution is decoded as it is
        signature="model8.6.weight",
    ),
    "siggraph17": Kind(config=SiggraphConfig(), signature="model1short10.0.weight"),
}


def import_published(
    source: Path, *, kind: str | None = None, target: Path | None = None, overwrite: bool = False
) -> ImportReport:
    """Turn a published checkpoint into a contract file.

    Args:
        source: the published `.pth` file.
        kind: `cic` or `siggraph17`; told from the names of the weights when not given.
        target: the contract file; the model's place in the models' home when not given, where
            its SHA-256 is recorded beside it.
        overwrite: replace a file that is already there.

    Returns:
        What was imported, where it lies, and how exactly ONNX Runtime repeats torch.

    Raises:
        InputError: the target is there and may not be replaced.
        ModelError: the file cannot be read as plain weights, its names, shapes or values are not
            those of the network, or ONNX Runtime computes something else.
    """
    weights = read_weights_file(source)
    name = kind or guess_kind(weights)
    network = load_published(name, weights)
    path = target or contract_path(find_model(name))
    if path.exists() and not overwrite:
        raise InputError(f"{path} is already there; --force replaces it")
    card = _card(name, network, file_sha256(source))
    difference = write_contract(network, card, path, half=False)
    if target is None:
        record_sha256(path)
    return ImportReport(kind=name, path=path, difference=difference)


def guess_kind(weights: Mapping[str, Tensor]) -> str:
    """Tell from the names of its weights which published network a checkpoint belongs to.

    Raises:
        ModelError: when it is none of them.
    """
    for name, kind in KINDS.items():
        if kind.signature in weights:
            return name
    raise ModelError(
        f"the weights are of no network that can be imported; known are {', '.join(KINDS)}"
    )


def load_published(kind: str, weights: Mapping[str, Tensor]) -> ColorNetwork:
    """Build a published network and load its weights strictly.

    Args:
        kind: a name of `KINDS`.
        weights: state-dict name to tensor.

    Returns:
        The network, ready to predict.

    Raises:
        ModelError: unknown kind, or a name is missing, unknown, of another shape, or not finite.
    """
    if kind not in KINDS:
        raise ModelError(f"{kind!r} cannot be imported; known are {', '.join(KINDS)}")
    network = build_network(KINDS[kind].config)
    objection = complaint(network.state_dict(), weights)
    if objection:
        raise ModelError(f"the weights are not those of {kind}: {objection}")
    network.load_state_dict(dict(weights), strict=True)
    return network.eval()


def _card(kind: str, network: ColorNetwork, checkpoint_sha256: str) -> Card:
    row, centers = find_model(kind), network.bin_centers()
    return Card(
        name=kind,
        working_size=_WORKING_SIZE,
        size_multiple=network.size_multiple,
        temperature=network.temperature,
        bins=() if centers is None else tuple((float(a), float(b)) for a, b in centers),
        neutral_inputs={"hints": 0.0} if network.takes_hints else {},
        license=row.license,
        training_data="ImageNet (ILSVRC 2012), 1.3 million photographs",
        recipe={"published": kind, "checkpoint_sha256": checkpoint_sha256},
        description=row.description,
    )
