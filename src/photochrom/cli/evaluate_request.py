"""What ``evaluate`` was asked: the command line and the protocol file, put together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.photos import open_photos
from photochrom.engine.options import Options

if TYPE_CHECKING:
    from photochrom.collection import Collection
    from photochrom.collection.splits import Part
    from photochrom.evaluation.contestants.contestant import Colorize
    from photochrom.evaluation.setup import Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateRequest:
    """What is measured, and how.

    Attributes:
        setup: all but models and photographs.
        options: of all models.
        raw_rgb: whether the RGB that models paint is measured.
    """

    setup: "Setup"
    options: Options
    raw_rgb: bool

    def protocol_text(self) -> str:
        """Write a protocol file that repeats this."""
        from photochrom.evaluation.protocol_file import PROBES, protocol_text
        from photochrom.metrics.rarity import load_prior

        masks = None if self.setup.masks is None else str(self.setup.masks.absolute())
        rest = {
            "limit": self.setup.limit,
            "masks": masks,
            "probe": PROBES[0] if self.setup.is_probing else None,
            "raw_rgb": self.raw_rgb,
            "features": {n: path.absolute() for n, path in self.setup.features.items()},
            "prior_sha256": load_prior().sha256,
        }
        return protocol_text(self.setup.protocol, self.options, rest)


def request_of(protocol: str, asked: Mapping[str, Any], *, journal: Path | None) -> EvaluateRequest:
    """Put the command line and the protocol together.

    Args:
        protocol: name of one, or a protocol file.
        asked: by name, what the command line says of saturation, temperature, size, limit, masks,
            probe, raw_rgb and features; None or False where it is silent.
        journal: where to keep what is measured until the end.

    Raises:
        click.UsageError: when the command line changes what the file pins.
        InputError: when the protocol is none, or was made with another prior.
    """
    from photochrom.errors import InputError
    from photochrom.evaluation.protocol_file import pinned
    from photochrom.evaluation.setup import Setup
    from photochrom.metrics.rarity import load_prior

    plan = pinned(protocol)
    if plan.prior_sha256 not in (None, load_prior().sha256):
        raise InputError(f"{protocol} was made with another prior of AuC rebalanced")
    settled = {name: _settle(name, getattr(plan, name, None), asked[name]) for name in asked}
    options = {name: settled[name] for name in ("saturation", "temperature", "size")}
    setup = Setup(
        protocol=plan.protocol,
        limit=settled["limit"],
        masks=settled["masks"],
        is_probing=settled["probe"] is not None,
        features=settled["features"],
        journal=journal,
    )
    return EvaluateRequest(
        setup=setup,
        options=replace(Options(), **options),
        raw_rgb=settled["raw_rgb"],
    )


def _settle(name: str, in_file: Any, on_line: Any) -> Any:
    """Take what one of both says."""
    from photochrom.evaluation.protocol_file import is_set

    if not is_set(in_file):
        return on_line
    if is_set(on_line) and on_line != in_file:
        flag = "--" + name.replace("_", "-")
        raise click.UsageError(f"the protocol file pins {flag} to {in_file}; leave the flag out")
    return in_file


def open_photographs(
    photos: tuple[Path, ...], split: Path | None, part: "Part | None"
) -> "Collection":
    """Open the photographs, or the asked part of them."""
    from photochrom.collection.splits import read_splits, select

    if split is None:
        if part is not None:
            raise click.UsageError("--part needs --split FILE")
        return open_photos(photos)
    splits = read_splits(split)
    return select(open_photos(photos), splits, part or "validation")


def load_contestants(
    texts: tuple[str, ...], options: Options, *, raw_rgb: bool
) -> "dict[str, Colorize]":
    """Load the models, unless only baselines are asked for."""
    sources = _named_models(texts)
    if not sources:
        return {}
    from photochrom.evaluation.contestants.models import load_models

    if not raw_rgb:
        return load_models(sources, options)
    from photochrom.evaluation.contestants.raw_rgb import raw_rgb as paint_rgb

    models = load_models(sources, options, paint=paint_rgb)
    return {f"{name} (raw RGB)": colorize for name, colorize in models.items()}


def _named_models(texts: tuple[str, ...]) -> dict[str, str]:
    """Read ``NAME=MODEL``, or ``MODEL`` alone, which is its own name; baselines are left out.

    Raises:
        click.UsageError: when a side of the equals sign is empty, or a name stands twice.
    """
    from photochrom.evaluation.contestants.baselines import BASELINES

    return _once([_model(text) for text in texts if text not in BASELINES], "--model")


def _model(text: str) -> tuple[str, str]:
    is_pair = "=" in text and not Path(text).is_file()
    return _parted(text, "--model", "MODEL") if is_pair else (text, text)


def feature_files(texts: tuple[str, ...]) -> dict[str, Path]:
    """Read ``NAME=FILE.onnx``, or ``NAME`` alone for the file in the folder of photochrom.

    Raises:
        click.UsageError: when a name stands twice, or there is no such metric.
    """
    from photochrom.evaluation.features import KINDS, feature_path

    for text in texts:
        name = text.partition("=")[0]
        if name and name not in KINDS:
            raise click.UsageError(f"--features knows {', '.join(KINDS)}, not {name!r}")
    full = [text if "=" in text or not text else f"{text}={feature_path(text)}" for text in texts]
    return named_paths(tuple(full), "--features", "FILE.onnx")


def named_paths(texts: tuple[str, ...], flag: str, what: str) -> dict[str, Path]:
    """Read NAME=PATH pairs.

    Raises:
        click.UsageError: when a text is no such pair, or a name stands twice.
    """
    pairs = [_parted(text, flag, what) for text in texts]
    return {name: Path(path) for name, path in _once(pairs, flag).items()}


def _parted(text: str, flag: str, what: str) -> tuple[str, str]:
    """Read a NAME=VALUE pair."""
    name, _, value = text.partition("=")
    if not name or not value:
        raise click.UsageError(f"{flag} takes NAME={what}, not {text!r}")
    return name, value


def _once(pairs: list[tuple[str, str]], flag: str) -> dict[str, str]:
    """Refuse names that stand twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise click.UsageError(f"{flag} {name} is given twice")
        found[name] = value
    return found
