"""Recipes: everything that decides a training run, as a frozen dataclass, read from TOML."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from photochrom.collection.intake import Duplicates
from photochrom.errors import InputError
from photochrom.files import decoded
from photochrom.lab.networks.build import NETWORKS, NetworkConfig
from photochrom.lab.networks.colorizers.autochrome import AutochromeConfig
from photochrom.lab.networks.patchgan import PatchConfig
from photochrom.lab.objectives.adversarial import AdversarialForm
from photochrom.records import MisfitError, record_of
from photochrom.texts import json_line, parse_json, parse_toml

Precision = Literal["32-true", "bf16-mixed"]
RegressionForm = Literal["huber", "l1", "l2"]
Optimizer = Literal["adam", "adamw"]
Kept = Literal["best", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adversarial:
    """A discriminator that learns to tell predicted from true colors, and what it weighs.

    Attributes:
        form: of the losses.
        weight: of the generator's adversarial loss; 0 means that there is no discriminator.
        patch: size of the discriminator.
        learning_rate: of the discriminator, same schedule as the generator's.
        betas: of its Adam.
        gradient_penalty: weight of the penalty, in the form "wasserstein" alone.
        start_share: share of the steps before the discriminator joins.
    """

    form: AdversarialForm = "vanilla"
    weight: float = 0.0
    patch: PatchConfig = field(default_factory=PatchConfig)
    learning_rate: float = 2e-4
    betas: tuple[float, ...] = (0.5, 0.999)
    gradient_penalty: float = 10.0
    start_share: float = 0.0

    def __post_init__(self) -> None:
        """Reject impossible values, naming the first."""
        _at_least(self, 0, "weight", "gradient_penalty")
        _above(self, 0, "learning_rate")
        _shares(self, "start_share")
        _two_betas("adversarial.betas", self.betas)
        if self.form == "wasserstein":
            is_met = self.patch.norm != "batch"
            _require(is_met, "patch.norm", "batch", "instance or none beside wasserstein")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a run does; every field can be set in TOML or by ``--set key=value``.

    Attributes:
        name: of the model that comes out.
        description: one line for ``train --list``.
        network: which network, and its size.
        init: model to start from, a name or a contract file; "" starts from random weights.
        freeze: patterns of weights that do not learn, separated by commas: ``model1.*,model2.*``.
        thaw_share: share of the run after which they learn all the same; 1 for never.
        thawed_rate: their learning rate then, as a share of the others'.
        steps: batches in all.
        epochs: times every picture is seen; sets ``steps`` when above 0.
        minutes: most minutes to train, and the schedule follows the clock; 0 for no limit.
        batch_size: pictures per batch at 64 px; other sizes keep the number of pixels.
        reference_size: side in pixels that ``batch_size`` speaks of.
        seed: of weights, order, augmentation and split.
        sizes: sides in pixels to train at, drawn per batch.
        sides: sides in pixels at which pictures are kept in memory.
        side_shares: share of the batches drawn from the pictures kept at each side; when empty, or
            no picture is of a side that has one, the square roots of their numbers count.
        pictures: most pictures to train on, 0 for all.
        held_out: pictures kept apart for validation, or their share when below 1.
        test: pictures never touched, or their share when below 1.
        split: file of an earlier run's split, "" for a new one.
        labels: labels to train on, all when empty.
        duplicates: "near" drops near duplicates too, "exact" equal files, "keep" none.
        degraded: share of pictures made to look like old prints.
        film: share of pictures taken on period film, which shows them in another lightness.
        hinted: share of pictures in which a few patches show their colors, for networks that take
            hints.
        flip: mirror half of the pictures.
        smallest_crop: smallest share of a picture's side that a crop may keep.
        rotation_deg: largest rotation.
        shear: largest shear, as a tangent.
        optimizer: of the network.
        learning_rate: peak of the optimizer's, after the warm-up.
        betas: of the optimizer.
        weight_decay: of the optimizer.
        warmup_steps: steps of linear warm-up.
        decay_share: last share of the steps, in which the rate falls linearly to zero.
        gradient_clip: largest norm of the gradient, 0 for no limit.
        average_decay: of the moving average of the weights, which is what is exported.
        neighbors: bins that share a color in the soft encoding.
        sigma: spread of the soft encoding and of the prior, in ab units.
        uniform_share: λ of the rebalancing, 0 to 1.
        rebalancing_power: 1 as CIC, 0.5 tempered, 0 none.
        classification: weight of the cross-entropy.
        regression: weight of the regression of the final chroma.
        regression_form: Huber, L1 or L2 loss.
        huber_delta: ab distance at which the Huber loss turns linear.
        colorfulness: weight of the colorfulness loss.
        perceptual: weight of the distance of VGG features.
        perceptual_weights: file of the VGG-16 whose features these are.
        label: weight of recognizing each picture's label, an auxiliary task.
        adversarial: a discriminator beside the network.
        keep: which checkpoint is exported, the best on the held-out pictures or the last.
        precision: of the arithmetic.
        validate_every: steps between validations.
        checkpoint_minutes: minutes between checkpoints.
    """

    name: str
    description: str = ""
    network: NetworkConfig = field(default_factory=AutochromeConfig)
    init: str = ""
    freeze: str = ""
    thaw_share: float = 1.0
    thawed_rate: float = 0.1
    steps: int = 10_000
    epochs: float = 0.0
    minutes: float = 0.0
    batch_size: int = 64
    reference_size: int = 64
    seed: int = 0
    sizes: tuple[int, ...] = (64,)
    sides: tuple[int, ...] = (64,)
    side_shares: tuple[float, ...] = ()
    pictures: int = 0
    held_out: int | float = 1000
    test: int | float = 0
    split: str = ""
    labels: tuple[str, ...] = ()
    duplicates: Duplicates = "near"
    degraded: float = 0.5
    film: float = 0.0
    hinted: float = 0.125
    flip: bool = True
    smallest_crop: float = 0.7
    rotation_deg: float = 0.0
    shear: float = 0.0
    optimizer: Optimizer = "adamw"
    learning_rate: float = 1e-3
    betas: tuple[float, ...] = (0.9, 0.99)
    weight_decay: float = 0.01
    warmup_steps: int = 200
    decay_share: float = 0.3
    gradient_clip: float = 1.0
    average_decay: float = 0.998
    neighbors: int = 5
    sigma: float = 5.0
    uniform_share: float = 0.5
    rebalancing_power: float = 0.5
    classification: float = 1.0
    regression: float = 0.1
    regression_form: RegressionForm = "huber"
    huber_delta: float = 10.0
    colorfulness: float = 0.0
    perceptual: float = 0.0
    perceptual_weights: str = ""
    label: float = 0.0
    adversarial: Adversarial = field(default_factory=Adversarial)
    keep: Kept = "last"
    precision: Precision = "32-true"
    validate_every: int = 500
    checkpoint_minutes: float = 5.0

    def __post_init__(self) -> None:
        """Reject impossible values, naming the first."""
        _at_least(self, 1, "steps", "batch_size", "reference_size", "neighbors", "validate_every")
        _at_least(self, 0, "epochs", "minutes", "pictures", "held_out", "test", "warmup_steps")
        _at_least(self, 0, *_WEIGHTS, "gradient_clip", "weight_decay", "rotation_deg", "shear")
        _above(self, 0, "learning_rate", "sigma", "huber_delta", "checkpoint_minutes")
        _above(self, 0, "smallest_crop", "held_out")
        _shares(
            self,
            "degraded",
            "film",
            "hinted",
            "thaw_share",
            "thawed_rate",
            "uniform_share",
            "decay_share",
            "average_decay",
            "smallest_crop",
        )
        for key in ("sizes", "sides"):
            values = getattr(self, key)
            _require(bool(values) and min(values) >= 16, key, values, "sides of 16 px or more")
        is_even = all(size % 16 == 0 for size in self.sizes)
        _require(is_even, "sizes", self.sizes, "multiples of 16")
        if self.side_shares:
            is_met = len(self.side_shares) == len(self.sides) and min(self.side_shares) >= 0
            _require(is_met, "side_shares", self.side_shares, "a share of 0 or more for each side")
            _require(sum(self.side_shares) > 0, "side_shares", self.side_shares, "above 0 for one")
        _two_betas("betas", self.betas)
        if self.rebalancing_power:  # else the rarest bins weigh more than float32 can tell
            _above(self, 0, "uniform_share")
        weights = [getattr(self, key) for key in _WEIGHTS] + [self.adversarial.weight]
        _require(any(weights), "the weights of the losses", 0, "above 0 for at least one")
        if self.perceptual and not self.perceptual_weights:
            raise InputError("perceptual needs perceptual_weights, a file of a VGG-16")

    @property
    def is_adversarial(self) -> bool:
        """Whether a discriminator takes part."""
        return self.adversarial.weight > 0

    def to_dict(self) -> dict[str, Any]:
        """Give the resolved recipe as plain JSON values."""
        plain: dict[str, Any] = parse_json(json_line(asdict(self)))
        return plain


_WEIGHTS: Final = ("classification", "regression", "colorfulness", "perceptual", "label")


def _require(is_met: bool, key: str, value: object, allowed: str) -> None:
    if not is_met:
        raise InputError(f"{key} must be {allowed}, not {value}")


def _at_least(values: object, least: float, *keys: str) -> None:
    for key in keys:
        _require(getattr(values, key) >= least, key, getattr(values, key), f"at least {least}")


def _above(values: object, limit: float, *keys: str) -> None:
    for key in keys:
        _require(getattr(values, key) > limit, key, getattr(values, key), f"above {limit}")


def _shares(values: object, *keys: str) -> None:
    for key in keys:
        _require(0 <= getattr(values, key) <= 1, key, getattr(values, key), "from 0 to 1")


def _two_betas(key: str, betas: tuple[float, ...]) -> None:
    is_met = len(betas) == 2 and all(0 <= beta < 1 for beta in betas)
    _require(is_met, key, betas, "two numbers from 0 to below 1")


_DEFAULT_NETWORK: Final = "autochrome"  # what recipes meant before there were others


def recipe_from_dict(values: Mapping[str, Any]) -> Recipe:
    """Build a recipe from plain values.

    Raises:
        InputError: in one line, for unknown keys and impossible values.
    """
    try:
        if "network" in values:
            values = {**values, "network": _network(values["network"])}
        return record_of(Recipe, values)
    except MisfitError as error:
        raise InputError(f"the recipe {error}") from error


def _network(values: Any) -> NetworkConfig:
    """Find the configuration that the key `kind` names, and fill it."""
    kind = values.get("kind", _DEFAULT_NETWORK) if isinstance(values, Mapping) else values
    if kind not in NETWORKS:
        raise InputError(f"the recipe knows no network {kind!r}; there are: {', '.join(NETWORKS)}")
    return record_of(NETWORKS[kind], values)


def recipe_names() -> tuple[str, ...]:
    """List the recipes in the package."""
    folder = resources.files("photochrom.recipes")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


def load_recipe(name_or_path: str, settings: Iterable[str] = ()) -> Recipe:
    """Load a recipe and apply ``key=value`` settings.

    Args:
        name_or_path: a name of the package's recipes, or a TOML file.
        settings: values in TOML's notation, ``network.widths=[16,32,64,96]``.

    Raises:
        InputError: for an unknown recipe, broken TOML, unknown keys, impossible values.
    """
    values = _parse_toml(_recipe_text(name_or_path), name_or_path)
    for setting in settings:
        _merge(values, _parse_toml(_quoted(setting), f"--set {setting}"))
    return recipe_from_dict(values)


def _recipe_text(name_or_path: str) -> str:
    if name_or_path in recipe_names():
        return (resources.files("photochrom.recipes") / f"{name_or_path}.toml").read_text("utf-8")
    path = Path(name_or_path)
    if path.suffix != ".toml" or not path.is_file():
        raise InputError(f"no recipe {name_or_path!r}; there are: {', '.join(recipe_names())}")
    try:
        return decoded(path.read_bytes())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as TOML: {error}") from error


def _quoted(setting: str) -> str:
    """Turn ``name=abc`` into TOML: a value that is not TOML is a string."""
    key, equals, value = setting.partition("=")
    if not equals:
        raise InputError(f"--set wants key=value, not {setting!r}")
    try:
        parse_toml(f"{key} = {value}")
    except ValueError:
        value = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{key} = {value}"


def _parse_toml(text: str, source: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except ValueError as error:
        raise InputError(f"{source} is not TOML: {error}") from error


def _merge(values: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Lay changes over values, table by table."""
    for key, change in changes.items():
        if isinstance(change, Mapping) and isinstance(values.get(key), dict):
            _merge(values[key], change)
        else:
            values[key] = change
