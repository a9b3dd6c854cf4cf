"""The published colorizers that can be imported: their networks, and what is known of them.

What a file must hold is what its network holds, in the form in which it was published.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from photochrom.lab.networks.colorizers.cic import CicConfig, CicNetwork
from photochrom.lab.networks.colorizers.ddcolor import LARGE, TINY, DdcolorNetwork
from photochrom.lab.networks.colorizers.deoldify import ARTISTIC, STABLE, DeoldifyNetwork
from photochrom.lab.networks.colorizers.icolorit import SIDE, IcoloritConfig, IcoloritNetwork
from photochrom.lab.networks.colorizers.siggraph import SiggraphConfig, SiggraphNetwork
from photochrom.lab.networks.prediction import ColorNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedNetwork:
    """One published network, of one size.

    Attributes:
        name: of the network.
        build: makes it.
        signature: names that together no other kind has among its weights.
        working_size: N of the authors; photographs are shrunk to an area of N x N for it.
        largest_size: N beyond which it makes no sense, or needs too much memory; None without one.
        license: terms of a file that is not in the list of models.
        training_data: what it was trained on, in words.
        description: one sentence on a file that is not in the list of models.
        half: store its large weights as float16.
        tolerance: a*, b* units by which ONNX Runtime may differ from torch.
        takes_place: whether any file of the kind takes the place of the model of that name.
    """

    name: str
    build: Callable[[], ColorNetwork]
    signature: tuple[str, ...]
    working_size: int
    license: str
    training_data: str
    description: str
    largest_size: int | None = None
    half: bool = True
    tolerance: float = 0.01
    takes_place: bool = False


_IMAGENET: Final = "ImageNet (ILSVRC 2012), 1.3 million photographs"
_UNSTATED: Final = "terms of the weights not stated separately"
_STRANGE: Final = "with weights of a file that is not in the list of models"

_zhang = partial(
    PublishedNetwork,
    working_size=256,
    license=f"code BSD-2-Clause; {_UNSTATED}",
    training_data=_IMAGENET,
    half=False,
    takes_place=True,
)
_ddcolor = partial(
    PublishedNetwork,
    signature=("decoder.color_decoder.query_feat.weight",),
    working_size=512,
    license="code Apache-2.0; weights as whoever trained them says",
    training_data=f"as whoever trained it says; the authors: {_IMAGENET}",
)
_deoldify = partial(
    PublishedNetwork,
    signature=("layers.11.0.weight_orig",),
    working_size=560,
    largest_size=768,
    # RGB near black becomes Lab, where 1e-4 of a sigmoid grows to 0.02: five times of that, a
    # tenth of what one step of 8 bits changes there
    tolerance=0.1,
    license="code MIT; weights as whoever trained them says",
    training_data="as whoever trained it says; the author: pictures of ImageNet (ILSVRC 2012)",
)
_icolorit = partial(
    PublishedNetwork,
    signature=("patch_embed.proj.weight", "head.head.weight"),
    working_size=SIDE,
    largest_size=SIDE,
    license=f"code MIT; {_UNSTATED}",
    training_data=_IMAGENET,
)

KINDS: Final[Mapping[str, tuple[PublishedNetwork, ...]]] = {
    "cic": (
        _zhang(
            name="cic",
            # as released: the distribution is decoded as it is
            build=lambda: CicNetwork(CicConfig(temperature=1.0)),
            signature=("model8.6.weight",),
            description="Colorful Image Colorization.",
        ),
    ),
    "siggraph17": (
        _zhang(
            name="siggraph17",
            build=lambda: SiggraphNetwork(SiggraphConfig()),
            signature=("model1short10.0.weight",),
            description="Real-Time User-Guided Image Colorization.",
        ),
    ),
    "instcolorization": (  # told from siggraph17 by nobody: the names and shapes are the same
        PublishedNetwork(
            name="instcolorization",
            build=lambda: SiggraphNetwork(SiggraphConfig(mask_center=0.5)),
            signature=("model1short10.0.weight",),
            working_size=256,
            license=f"code MIT; {_UNSTATED}",
            training_data="ImageNet (ILSVRC 2012), then COCO-Stuff",
            description=(
                "The network for whole pictures of Instance-aware Image Colorization; takes color"
                " hints (Su, Chu, Huang, CVPR 2020, arXiv:2005.10825)."
            ),
        ),
    ),
    "ddcolor": (
        _ddcolor(
            name="ddcolor-tiny",
            build=lambda: DdcolorNetwork(TINY),
            description=f"The tiny network of DDColor (Kang et al., ICCV 2023) {_STRANGE}.",
        ),
        _ddcolor(
            name="ddcolor-large",
            build=lambda: DdcolorNetwork(LARGE),
            description=f"The large network of DDColor (Kang et al., ICCV 2023) {_STRANGE}.",
        ),
    ),
    "deoldify": (
        _deoldify(
            name="deoldify-deep",
            build=lambda: DeoldifyNetwork(ARTISTIC),
            description=f"The network of DeOldify's artistic model {_STRANGE}.",
        ),
        _deoldify(
            name="deoldify-wide",
            build=lambda: DeoldifyNetwork(STABLE),
            description=f"The network of DeOldify's stable and video models {_STRANGE}.",
        ),
    ),
    "icolorit": tuple(
        _icolorit(
            name=f"icolorit-{size}",
            build=partial(IcoloritNetwork, IcoloritConfig(width=width)),
            description=(
                f"The {size} network of iColoriT, which spreads color hints"
                " (Yun et al., WACV 2023, arXiv:2207.06831)."
            ),
        )
        for size, width in (("tiny", 192), ("small", 384), ("base", 768))
    ),
}
