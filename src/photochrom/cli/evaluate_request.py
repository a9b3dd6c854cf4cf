"""What ``evaluate`` was asked: the command line and the protocol file, put together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from photochrom.cli.photos import open_photos
from photochrom.errors import InputError
from photochrom.evaluation.protocol import Setup
from photochrom.flags import option

if TYPE_CHECKING:
    from photochrom.collection import Collection
    from photochrom.evaluation.contestants.contestant import Colorize


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateRequest:
    """What is compared, and where it lies; how is a `Setup`.

    Attributes:
        models: to measure, as NAME=MODEL or MODEL.
        results: folders of finished pictures, as NAME=DIR.
        photos: where the photographs lie.
        film: films in color, instead of photographs.
        split: of a training run; None for all photographs.
        part: of the split.
        out: folder of the report; None to write nothing.
        protocol: name of one, or a protocol file.
        features: feature files, as NAME or NAME=FILE.
    """

    models: tuple[str, ...] = option(
        (),
        "Model to measure, by name or file, and what to call it; may be given several "
        "times. Default, without --results: autochrome.",
        flag="--model",
        metavar="[NAME=]MODEL",
    )
    results: tuple[str, ...] = option(
        (),
        "Pictures colored by anything, matched to the photographs by file name.",
        metavar="NAME=DIR",
    )
    photos: tuple[Path, ...] = option(
        (),
        "Color photographs: a folder or a Parquet file; may be given several times.",
        metavar="COLLECTION",
    )
    film: tuple[Path, ...] = option(
        (),
        "Instead of photographs, a film in color: measure how right and how calm the "
        "colors of films are; may be given several times.",
        metavar="CLIP",
    )
    split: Path | None = option(
        None,
        "Measure one part of the photographs: the splits.csv of a training run.",
        metavar="FILE",
    )
    part: Literal["validation", "test", "train"] | None = option(
        None, "Which part of the split: validation (the default), test or train."
    )
    out: Path | None = option(
        None, "Where the report goes; without it nothing is written.", metavar="DIR"
    )
    protocol: str = option(
        "whole-256",
        "How pictures are compared: whole-256, stretch-256, center-256, original, or a "
        "TOML file that pins everything.",
        metavar="NAME|FILE",
    )
    features: tuple[str, ...] = option(
        (),
        "Metrics of a network that you converted once: lpips, fid, kid or top1.",
        metavar="NAME[=FILE.onnx]",
    )


def settled(protocol: str, asked: Mapping[str, Any]) -> Setup:
    """Put the command line and the protocol together.

    Args:
        protocol: name of one, or a protocol file.
        asked: by field of `Setup`, what the command line says; None or False where it is silent.

    Raises:
        click.UsageError: when the command line changes what the file pins.
        InputError: when the protocol is none, or was made with another prior.
    """
    from photochrom.evaluation.protocol_file import is_set, pinned
    from photochrom.metrics.rarity import load_prior

    setup = pinned(protocol)
    if setup.prior_sha256 not in (None, load_prior().sha256):
        raise InputError(f"{protocol} was made with another prior of AuC rebalanced")
    given = {name: value for name, value in asked.items() if is_set(value)}
    for name, value in given.items():
        in_file = getattr(setup, name)
        if is_set(in_file) and value != in_file:
            flag = "--" + name.replace("_", "-")
            raise click.UsageError(
                f"the protocol file pins {flag} to {in_file}; leave the flag out"
            )
    return replace(setup, **given)


def open_photographs(request: EvaluateRequest) -> "Collection":
    """Open the photographs, or the asked part of them."""
    from photochrom.collection.splits import read_splits, select

    if request.split is None:
        if request.part is not None:
            raise click.UsageError("--part needs --split FILE")
        return open_photos(request.photos)
    splits = read_splits(request.split)
    return select(open_photos(request.photos), splits, request.part or "validation")


def load_contestants(texts: tuple[str, ...], setup: Setup) -> "dict[str, Colorize]":
    """Load models, unless only baselines are asked for.

    Args:
        texts: ``NAME=MODEL``, or ``MODEL`` alone, which is its own name; baselines are left out.
        setup: the options of all models, and whether the RGB that they paint is measured.

    Raises:
        click.UsageError: when a side of the equals sign is empty, or a name stands twice.
    """
    from photochrom.engine.options import Options
    from photochrom.evaluation.contestants.baselines import BASELINES

    sources = named_models(tuple(text for text in texts if text not in BASELINES))
    if not sources:
        return {}
    from photochrom.evaluation.contestants.models import load_models

    options = Options(
        saturation=setup.saturation,
        temperature=setup.temperature,
        size=setup.size,
        no_edges=setup.no_edges,
    )
    if not setup.raw_rgb:
        return load_models(sources, options)
    from photochrom.evaluation.contestants.models import raw_rgb

    models = load_models(sources, options, paint=raw_rgb)
    return {f"{name} (raw RGB)": colorize for name, colorize in models.items()}


def named_models(texts: tuple[str, ...]) -> dict[str, str]:
    """Read ``NAME=MODEL``, or ``MODEL`` alone, which is its own name.

    Raises:
        click.UsageError: when a side of the equals sign is empty, or a name stands twice.
    """
    pairs = [
        _parted(text, "--model", "MODEL")
        if "=" in text and not Path(text).is_file()
        else (text, text)
        for text in texts
    ]
    return _once(pairs, "--model")


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
