"""The models that have a name, where they live, and how a name becomes a contract file.

A model is a row of this table, not a class: what it can do stands in the card of its file.
"""

import difflib
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Final, Literal

import platformdirs

from photochrom.errors import ModelError
from photochrom.extras import LAB, install_line, missing
from photochrom.models.mixing import is_mix

DEFAULT_MODEL: Final = "autochrome"

MEASURED_ON: Final = "one core of a busy Intel Xeon"  # benchmarks/importing.py

Level = Literal["fast", "better", "best"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A file that others have published.

    Attributes:
        url: where it is published.
        sha256: lower-case hexadecimal digits: all 64, or the first 8 where only those are known.
        size_bytes: its length, when known.
        mirrors: where else the same bytes are, to be tried in this order.
        saved_as: its name here; by default the last part of the address.
    """

    url: str
    sha256: str
    size_bytes: int | None = None
    mirrors: tuple[str, ...] = ()
    saved_as: str = ""

    @property
    def file_name(self) -> str:
        """Its name here."""
        return self.saved_as or PurePosixPath(self.url).name

    @property
    def urls(self) -> tuple[str, ...]:
        """All addresses, in the order in which they are tried."""
        return (self.url, *self.mirrors)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model that can be asked for by name.

    Attributes:
        name: what to type.
        license: the terms, as far as the publisher states them.
        description: one sentence: what it is, and the paper.
        training_data: what it was trained on, in words; empty where its card tells.
        seconds: of computing for a JPEG of 12 megapixels, as `MEASURED_ON` says.
        level: which step of `ranking.ranked` it is a candidate for, if any.
        checkpoint: the published file it is made from; none for a model inside the package.
    """

    name: str
    license: str
    description: str
    training_data: str = ""
    seconds: float = 2
    level: Level | None = None
    checkpoint: Checkpoint | None = None

    @property
    def is_built_in(self) -> bool:
        """Whether the file is part of the package."""
        return self.checkpoint is None

    @property
    def is_default(self) -> bool:
        """Whether this model is used when none is named."""
        return self.name == DEFAULT_MODEL


_IMAGENET: Final = "ImageNet (ILSVRC 2012), 1.3 million photographs"

_ZHANG_LICENSE: Final = "code BSD-2-Clause; terms of the weights not stated separately"
_ZHANG_FOLDER: Final = "https://colorizers.s3.us-east-2.amazonaws.com"

_DDCOLOR_LICENSE: Final = "Apache-2.0 (code and weights)"
_DDCOLOR: Final = (
    "DDColor: photo-realistic image colorization via dual decoders, {}"
    " (Kang et al., ICCV 2023, arXiv:2212.11613)."
)
_PIDDNAD: Final = "https://huggingface.co/piddnad/{}/resolve/{}/pytorch_model.bin"
_DDCOLOR_LARGE_BYTES: Final = 911_914_869

_DEOLDIFY_LICENSE: Final = "MIT (code and weights)"
_DEEPAI: Final = "https://data.deepai.org/deoldify/{}"
_SPENSERCAI: Final = "https://huggingface.co/spensercai/DeOldify/resolve/main/{}"
_THOOKHAM: Final = "https://huggingface.co/thookham/DeOldify/resolve/main/{}"
_DEOLDIFY_WIDE_BYTES: Final = 874_066_230

MODELS: Final[tuple[ModelRow, ...]] = (
    ModelRow(
        name="autochrome",
        license="Apache-2.0",
        description="The built-in model: compact, and fast on an ordinary laptop.",
        level="fast",
    ),
    ModelRow(
        name="ddcolor-tiny",
        license=_DDCOLOR_LICENSE,
        description=_DDCOLOR.format("the small network"),
        training_data=_IMAGENET,
        seconds=6,
        level="better",
        checkpoint=Checkpoint(
            url=_PIDDNAD.format("ddcolor_paper_tiny", "cf9fd99c1d7472689ec7413441c1b799a51866a3"),
            sha256="8a1277bc90a1bfbb6d2d83933a9a6bc821931879ca93e26e4fcec12165d41fce",
            size_bytes=220_372_845,
            saved_as="ddcolor_paper_tiny.bin",
        ),
    ),
    ModelRow(
        name="ddcolor",
        license=_DDCOLOR_LICENSE,
        description=_DDCOLOR.format("the large network as its authors use it"),
        training_data=_IMAGENET,
        seconds=16,
        level="best",
        checkpoint=Checkpoint(
            url=_PIDDNAD.format("ddcolor_modelscope", "060f67494e31883a4b13cb27f889f3154847ada4"),
            sha256="d81711971ec59200da26d5e8a1afae8dd3778d495ea8ad7a7dadc769f403f7e7",
            size_bytes=_DDCOLOR_LARGE_BYTES,
            saved_as="ddcolor_modelscope.bin",
        ),
    ),
    ModelRow(
        name="ddcolor-artistic",
        license=_DDCOLOR_LICENSE,
        description=_DDCOLOR.format("the large network, trained to leave fewer blotches"),
        training_data=f"{_IMAGENET}, and private pictures of its authors",
        seconds=16,
        level="best",
        checkpoint=Checkpoint(
            url=_PIDDNAD.format("ddcolor_artistic", "aa10f72fffc89a6658e37b48556050b4d9a26f63"),
            sha256="5a076e84efce59848394f572a105f7b78f7f6e917f615d1ee88537241b96dca3",
            size_bytes=_DDCOLOR_LARGE_BYTES,
            saved_as="ddcolor_artistic.bin",
        ),
    ),
    ModelRow(
        name="deoldify-artistic",
        license=_DEOLDIFY_LICENSE,
        description="DeOldify (Jason Antic): the most colorful and detailed of its three.",
        training_data=_IMAGENET,
        seconds=26,
        checkpoint=Checkpoint(
            url=_DEEPAI.format("ColorizeArtistic_gen.pth"),
            sha256="3f750246fa220529323b85a8905f9b49c0e5d427099185334d048fb5b5e22477",
            size_bytes=255_144_681,
            mirrors=(
                _SPENSERCAI.format("ColorizeArtistic_gen.pth"),
                _THOOKHAM.format("ColorizeArtistic_gen.pth"),
            ),
        ),
    ),
    ModelRow(
        name="deoldify-stable",
        license=_DEOLDIFY_LICENSE,
        description="DeOldify (Jason Antic): paler, with fewer faces and hands left gray.",
        training_data=_IMAGENET,
        seconds=26,
        checkpoint=Checkpoint(
            url=_SPENSERCAI.format("ColorizeStable_gen.pth"),
            sha256="ca9cd7f43fb8b222c9a70f7b292e305a000694b0ff9d2ae4a6747b1a2e1ee5af",
            size_bytes=_DEOLDIFY_WIDE_BYTES,
            mirrors=(
                "https://www.dropbox.com/s/axsd2g85uyixaho/ColorizeStable_gen.pth?dl=1",
                _THOOKHAM.format("ColorizeStable_gen.pth"),
            ),
        ),
    ),
    ModelRow(
        name="deoldify-video",
        license=_DEOLDIFY_LICENSE,
        description="DeOldify (Jason Antic): the palest and calmest, made for films.",
        training_data=_IMAGENET,
        seconds=26,
        checkpoint=Checkpoint(
            url=_DEEPAI.format("ColorizeVideo_gen.pth"),
            sha256="e3d98bb6a222354c79f95485c2f078a89dc724e9183662506d9e0f5aafac83ad",
            size_bytes=_DEOLDIFY_WIDE_BYTES,
            mirrors=(
                _SPENSERCAI.format("ColorizeVideo_gen.pth"),
                _THOOKHAM.format("ColorizeVideo_gen.pth"),
            ),
        ),
    ),
    ModelRow(
        name="cic",
        license=_ZHANG_LICENSE,
        description=(
            "Colorful Image Colorization, as released in PyTorch"
            " (Zhang, Isola, Efros, ECCV 2016, arXiv:1603.08511)."
        ),
        training_data=_IMAGENET,
        seconds=3,
        checkpoint=Checkpoint(
            url=f"{_ZHANG_FOLDER}/colorization_release_v2-9b330a0b.pth", sha256="9b330a0b"
        ),
    ),
    ModelRow(
        name="siggraph17",
        license=_ZHANG_LICENSE,
        description=(
            "Real-Time User-Guided Image Colorization, as released in PyTorch; takes color hints"
            " (Zhang et al., SIGGRAPH 2017, arXiv:1705.02999)."
        ),
        training_data=_IMAGENET,
        seconds=5,
        checkpoint=Checkpoint(
            url=f"{_ZHANG_FOLDER}/siggraph17-df00044c.pth",
            sha256="df00044c0a4d7c3edcecf6f75437ce346a66e7a42612d9b968e1a7e17dbc6f66",
            size_bytes=136_787_426,
        ),
    ),
)


def home() -> Path:
    """Return the only folder that photochrom uses unasked; it need not exist yet.

    It is `PHOTOCHROM_HOME`, or `photochrom` below the user's cache folder without it.
    """
    told = os.environ.get("PHOTOCHROM_HOME")
    return Path(told).expanduser() if told else platformdirs.user_cache_path("photochrom")


def models_home() -> Path:
    """Return the folder of fetched and imported models, below `home`; it need not exist yet."""
    return home() / "models"


def find_model(name: str) -> ModelRow:
    """Look a model up by name.

    Raises:
        ModelError: when no model has that name; the text lists the known ones.
    """
    for row in MODELS:
        if row.name == name:
            return row
    known = [row.name for row in MODELS]
    close = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise ModelError(f"no model is called {name!r}; known are {', '.join(known)}{hint}")


def contract_path(row: ModelRow) -> Path:
    """Return where a model's contract file lies, or will lie once it is imported."""
    if row.checkpoint is None:
        return Path(str(resources.files("photochrom.models") / "weights" / f"{row.name}.onnx"))
    return models_home() / f"{row.name}.onnx"


def published_checkpoint(row: ModelRow) -> Checkpoint:
    """Return the published file a model is made from.

    Raises:
        ModelError: when the model is built in.
    """
    if row.checkpoint is None:
        raise ModelError(f"{row.name} is built in: there is nothing to fetch or import")
    return row.checkpoint


def checkpoint_path(row: ModelRow) -> Path:
    """Return where a published model's checkpoint lies, or will lie once it is fetched.

    Raises:
        ModelError: when the model is built in.
    """
    return models_home() / published_checkpoint(row).file_name


def resolve_model(name_or_path: str | Path) -> Path:
    """Turn the name of a model, or the path of a contract file, into the path of its file.

    Args:
        name_or_path: a name of the table, or a path: whatever has a suffix, a separator or a plus.

    Raises:
        ModelError: no such model or file, a mix of models, or a published model that is not
            fetched or not imported yet; the text says what to run.
    """
    if is_mix(name_or_path):
        raise ModelError(f"{name_or_path} is a mix of models, and this takes one")
    path = Path(name_or_path)
    if path.suffix or "+" in path.name or path.name != name_or_path:  # a Path is no name either
        if not path.is_file():
            raise ModelError(f"no model file at {path}")
        return path
    row = find_model(name_or_path)
    found = contract_path(row)
    if found.is_file():
        return found
    if row.is_built_in:
        words = f"this installation lacks its built-in model {row.name}: install photochrom again"
        raise ModelError(words)
    what = "imported" if checkpoint_path(row).is_file() else "fetched"
    raise ModelError(f"{row.name} is not {what} yet; {way_to(row)}")


def way_to(row: ModelRow) -> str:
    """Say what to run to get a published model that is not installed."""
    steps = [install_line("train")] if missing(*LAB) else []
    return "; then ".join((*steps, f"run: photochrom models fetch {row.name}"))
