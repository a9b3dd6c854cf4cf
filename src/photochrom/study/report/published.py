"""Published rates of pictures taken for real: other people's studies, for orientation only."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """One row of a published table.

    Attributes:
        method: whose pictures.
        percent: labelled real, as printed.
        plus_minus: as printed, in points; a standard error; None where none is given.
        study: who asked whom, and how.
        source: where it is printed.
    """

    method: str
    percent: float
    plus_minus: float | None
    study: str
    source: str


_CIC: Final = "pairs, 1 s each, 40 people per method, 40 answers each"
_PIX2PIX: Final = "pairs, 1 s each, about 50 people per method"
_RESNET: Final = "real or fake; number of people not given"
_CIC_PAPER: Final = "Zhang, Isola and Efros 2016, table 1"
_PIX2PIX_PAPER: Final = "Isola et al. 2017, table 4"
_RESNET_PAPER: Final = "Li, Wang, Zhong and Huang"

# Only what was read in a primary source or a direct quotation of it; never mix rows of two studies.
PUBLISHED: Final = (
    PublishedRate("CIC, full (rebalanced)", 32.3, 2.2, _CIC, _CIC_PAPER),
    PublishedRate("Larsson et al.", 27.2, None, _CIC, _CIC_PAPER),
    PublishedRate("CIC, full, asked again", 27.8, 2.7, _PIX2PIX, _PIX2PIX_PAPER),
    PublishedRate("pix2pix, L1 + cGAN", 22.5, 1.6, _PIX2PIX, _PIX2PIX_PAPER),
    PublishedRate("CIC, L2 regression, asked again", 16.3, 2.4, _PIX2PIX, _PIX2PIX_PAPER),
    PublishedRate("ResNet-MCL, classification", 30.1, None, _RESNET, _RESNET_PAPER),
    PublishedRate("ResNet-MCL, L2", 22.6, None, _RESNET, _RESNET_PAPER),
)
