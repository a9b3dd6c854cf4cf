"""The models that have a name, where they live, and how a name becomes a contract file.

A model is a row of this table, not a class: what it can do stands in the card of its file.
"""

import difflib
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Final

import platformdirs

from photochrom.errors import ModelError
from photochrom.extras import LAB, install_line, missing
from photochrom.models.mixing import is_mix

DEFAULT_MODEL: Final = "autochrome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A file that others have published.

    Attributes:
        url: where it is published; its last part is the name of the file here.
        sha256: lower-case hexadecimal digits: all 64, or the first 8 where only those are known.
        size_bytes: its length, when known.
    """

    url: str
    sha256: str
    size_bytes: int | None = None

    @property
    def file_name(self) -> str:
        """The last part of the address."""
        return PurePosixPath(self.url).name


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model that can be asked for by name.

    Attributes:
        name: what to type.
        license: the terms, as far as the publisher states them.
        description: one sentence: what it is, and the paper.
        checkpoint: the published file it is made from; none for a model inside the package.
    """

    name: str
    license: str
    description: str
    checkpoint: Checkpoint | None = None

    @property
    def is_built_in(self) -> bool:
        """Whether the file is part of the package."""
        return self.checkpoint is None

    @property
    def is_default(self) -> bool:
        """Whether this model is used when none is named."""
        return self.name == DEFAULT_MODEL


_PUBLISHED_LICENSE: Final = "code BSD-2-Clause; terms of the weights not stated separately"
_PUBLISHED_FOLDER: Final = "https://colorizers.s3.us-east-2.amazonaws.com"

MODELS: Final[tuple[ModelRow, ...]] = (
    ModelRow(
        name="autochrome",
        license="Apache-2.0",
        description="The built-in model: compact, and fast on an ordinary laptop.",
    ),
    ModelRow(
        name="cic",
        license=_PUBLISHED_LICENSE,
        description=(
            "Colorful Image Colorization, as released in PyTorch"
            " (Zhang, Isola, Efros, ECCV 2016, arXiv:1603.08511)."
        ),
        checkpoint=Checkpoint(
            url=f"{_PUBLISHED_FOLDER}/colorization_release_v2-9b330a0b.pth", sha256="9b330a0b"
        ),
    ),
    ModelRow(
        name="siggraph17",
        license=_PUBLISHED_LICENSE,
        description=(
            "Real-Time User-Guided Image Colorization, as released in PyTorch; takes color hints"
            " (Zhang et al., SIGGRAPH 2017, arXiv:1705.02999)."
        ),
        checkpoint=Checkpoint(
            url=f"{_PUBLISHED_FOLDER}/siggraph17-df00044c.pth",
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
    if row.is_built_in:
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
    if not found.is_file():
        raise ModelError(_remedy(row))
    return found


def _remedy(row: ModelRow) -> str:
    """Say in one line what makes an absent model usable."""
    if row.is_built_in:
        return f"this installation lacks its built-in model {row.name}: install photochrom again"
    checkpoint = checkpoint_path(row)
    steps = [install_line("train")] if missing(*LAB) else []
    if not checkpoint.is_file():
        steps.append(f"run: photochrom models fetch {row.name}")
    steps.append(f'run: photochrom models import "{checkpoint}"')
    what = "imported" if checkpoint.is_file() else "fetched"
    return f"{row.name} is not {what} yet; {'; then '.join(steps)}"
