"""Published numbers, for orientation only: other people's protocols."""

from typing import Final, NamedTuple


class Published(NamedTuple):
    """A number from a paper: as printed, on which pictures, and who measured it."""

    method: str
    number: str
    value: str
    protocol: str
    source: str


_CTEST: Final = "ImageNet, 10 000 validation images"
_DDCOLOR: Final = "ImageNet, first 5000 validation images, center crop, 256²"
_CIC_PAPER: Final = "Zhang et al. 2016"
_DDCOLOR_PAPER: Final = "DDColor, ICCV 2023, table 1"

# Only what was read in a primary source or a direct quotation of it; never mix rows of two studies.
PUBLISHED: Final = (
    Published("Gray, by definition", "colorfulness", "0", "any", "—"),
    Published("CIC", "AuC / AuC rebalanced", "89.5 % / 67.3 %", _CTEST, _CIC_PAPER),
    Published("CIC", "VGG-16 top-1", "56.0 %", _CTEST, _CIC_PAPER),
    Published("Gray", "VGG-16 top-1", "52.7 %", _CTEST, _CIC_PAPER),
    Published("Originals", "VGG-16 top-1", "68.3 %", _CTEST, _CIC_PAPER),
    Published("CIC", "people fooled", "32.3 %", "two at a time, 1 s each", _CIC_PAPER),
    Published(
        "ResNet-MCL, classification / L2", "people fooled", "30.1 % / 22.6 %",
        "ImageNet, number of people not given", "Li, Wang, Zhong and Huang",
    ),
    Published(
        "cGAN-250", "SSIM of a good / a bad example", "0.5809 / 0.4663",
        "250 nature photographs, 256², one picture each", "Kazachkova, Sukardi and Han",
    ),
    Published(
        "CIC / Deep-CNN", "percent of differing pixels", "94 % / 96 %",
        "single pictures, original turned gray first, threshold 0",
        "Aguilar Gomez, Alaskari and Rivera",
    ),
    Published(
        "CIC", "a discriminator fooled, of 2000 pairs", "58 (2.9 %)",
        "150 x 150, classes stored as separate JPEG files", "Mu and Lee",
    ),
    Published("CIC", "FID / CF / ΔCF / PSNR", "8.72 / 31.60 / 6.61 / 22.64", _DDCOLOR,
              _DDCOLOR_PAPER),
    Published("DeOldify", "FID / CF / ΔCF / PSNR", "6.59 / 21.29 / 16.92 / 24.11", _DDCOLOR,
              _DDCOLOR_PAPER),
    Published("DDColor-tiny", "FID / CF / ΔCF / PSNR", "4.38 / 37.66 / 0.55 / 23.54", _DDCOLOR,
              _DDCOLOR_PAPER),
    Published("DDColor-large", "FID / CF / ΔCF / PSNR", "3.92 / 38.26 / 0.05 / 23.85", _DDCOLOR,
              _DDCOLOR_PAPER),
    Published(
        "siggraph17, no hints", "PSNR", "24.43 dB",
        "1000 test images, stretched to 256²", "Zhang et al. 2017, released code",
    ),
    Published(
        "siggraph17, no hints", "PSNR", "27.73 dB", "2000 ImageNet validation images",
        "an independent measurement",
    ),
)  # fmt: skip
