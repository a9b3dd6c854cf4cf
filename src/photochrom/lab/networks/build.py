"""Build a network from its configuration: the list of all kinds."""

from collections.abc import Mapping
from typing import Final

from photochrom.lab.networks.colorizers.autochrome import Autochrome, AutochromeConfig
from photochrom.lab.networks.colorizers.cic import CicConfig, CicNetwork
from photochrom.lab.networks.colorizers.plain import PlainConfig, PlainNetwork
from photochrom.lab.networks.colorizers.resnet import ResnetConfig, ResnetNetwork
from photochrom.lab.networks.colorizers.siggraph import SiggraphConfig, SiggraphNetwork
from photochrom.lab.networks.colorizers.unet import UnetConfig, UnetNetwork
from photochrom.lab.networks.prediction import ColorNetwork

NetworkConfig = (
    AutochromeConfig | CicConfig | SiggraphConfig | PlainConfig | ResnetConfig | UnetConfig
)

NETWORKS: Final[Mapping[str, type[NetworkConfig]]] = {
    "autochrome": AutochromeConfig,
    "cic": CicConfig,
    "siggraph": SiggraphConfig,
    "plain": PlainConfig,
    "resnet": ResnetConfig,
    "unet": UnetConfig,
}


def build_network(config: NetworkConfig) -> ColorNetwork:
    """Build the network that a configuration describes.

    Args:
        config: one of the classes in `NETWORKS`.

    Returns:
        The network with fresh weights, drawn from torch's global generator.

    Raises:
        InputError: a trunk's configuration is of no usable backbone.
    """
    match config:
        case AutochromeConfig():
            return Autochrome(config)
        case CicConfig():
            return CicNetwork(config)
        case SiggraphConfig():
            return SiggraphNetwork(config)
        case PlainConfig():
            return PlainNetwork(config)
        case ResnetConfig():
            return ResnetNetwork(config)
        case UnetConfig():
            return UnetNetwork(config)
