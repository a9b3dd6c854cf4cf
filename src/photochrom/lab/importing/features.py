"""Turn published weights of LPIPS, Inception and VGG-16 into feature files: strictly, and proved.

The weights are hostile until checked, as those of colorizers are; see `import_published`.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from photochrom.errors import InputError, ModelError
from photochrom.evaluation.features import METADATA_KEY, FeatureCard, feature_path
from photochrom.files import decoded, file_sha256
from photochrom.lab.exporting.graph import finish, prove, to_graph, write_model
from photochrom.lab.importing.published import ImportReport
from photochrom.lab.networks.judges.inception import SIDE as INCEPTION_SIDE
from photochrom.lab.networks.judges.inception import FidInception
from photochrom.lab.networks.judges.lpips import LpipsAlex
from photochrom.lab.networks.judges.vgg import SIDE as VGG_SIDE
from photochrom.lab.networks.judges.vgg import VggClassifier
from photochrom.lab.networks.weights_file import complaint, read_weights_file

TOLERANCE: Final = 1e-3  # of the largest number that the network gives
_SIZES: Final = ((96, 128), (131, 97))  # (height, width) of the pictures of the proof


def _pictures(card: FeatureCard, names: Sequence[str], size: tuple[int, int]) -> dict[str, Tensor]:
    """Draw two pictures of noise for each input, in the range of the network."""
    random = torch.Generator().manual_seed(0)
    spread = card.high - card.low
    return {name: card.low + spread * torch.rand((2, 3, *size), generator=random) for name in names}


_COUNTER: Final = "num_batches_tracked"  # of batch norms; older files lack it, nothing reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureKind:
    """How one published network becomes a feature file.

    Attributes:
        build: makes the network for a number of classes, which only a classifier reads.
        card: what the file says about itself, but for checksums and classes.
        metric: whose place the file takes when no other is given.
        files: what to give, in words.
        signature: names that no other kind has among its weights.
        idle: beginnings of names that are published as well, but play no part.
    """

    build: Callable[[int], nn.Module]
    card: FeatureCard
    metric: str
    files: str
    signature: tuple[str, ...]
    idle: tuple[str, ...] = ()


FEATURE_KINDS: Final[Mapping[str, FeatureKind]] = {
    "lpips-alex": FeatureKind(
        build=lambda _: LpipsAlex(),
        card=FeatureCard(kind="pair", recipe="LPIPS 0.1, AlexNet", low=-1.0, high=1.0),
        metric="lpips",
        files="alex.pth of lpips 0.1 and alexnet-owt-7be5be79.pth of torchvision",
        signature=("lin0.model.1.weight",),
        idle=("classifier.",),
    ),
    "fid-inception": FeatureKind(
        build=lambda _: FidInception(),
        card=FeatureCard(
            kind="vector",
            recipe="Inception of December 2015, pool 3, "
            f"pictures to {INCEPTION_SIDE} x {INCEPTION_SIDE} bilinearly without antialiasing "
            "as in pytorch-fid",
            low=-1.0,
            high=1.0,
        ),
        metric="fid",
        files="pt_inception-2015-12-05-6726825d.pth",
        signature=("Mixed_7c.branch1x1.conv.weight",),
        idle=("fc.",),
    ),
    "classifier-vgg16": FeatureKind(
        build=VggClassifier,
        card=FeatureCard(
            kind="classifier", recipe="VGG-16, the middle 224 x 224 of the square", size=VGG_SIDE
        ),
        metric="top1",
        files="vgg16-397923af.pth of torchvision",
        signature=("features.28.weight", "classifier.6.weight"),
    ),
}


def import_features(
    sources: Sequence[Path],
    *,
    kind: str,
    classes: Path | None = None,
    target: Path | None = None,
    overwrite: bool = False,
) -> ImportReport:
    """Turn published weights into a feature file.

    Args:
        sources: the published `.pth` or `.safetensors` files, in any order.
        kind: of `FEATURE_KINDS`.
        classes: for a classifier, a text file with the name of one class a line.
        target: the feature file; the place where `evaluate` looks for it when not given.
        overwrite: replace a file that is already there.

    Returns:
        What was imported, where it lies, and how exactly ONNX Runtime repeats torch.

    Raises:
        InputError: the target is there and may not be replaced, or classes are missing, surplus or
            unreadable.
        ModelError: unknown kind, a file cannot be read as plain weights, or names, shapes or
            values are not those of the network.
    """
    if kind not in FEATURE_KINDS:
        raise ModelError(f"{kind!r} is no kind of features; known are {', '.join(FEATURE_KINDS)}")
    names = _class_names(kind, classes)
    path = target or feature_path(FEATURE_KINDS[kind].metric)
    if path.exists() and not overwrite:
        raise InputError(f"{path} is already there; --force replaces it")
    network = load_features_network(kind, read_all(sources), classes=len(names))
    card = _card(kind, sources, names)
    frozen = network.eval()
    sizes = [(card.size, card.size)] if card.size else list(_SIZES)
    inputs = list(inspect.signature(frozen.forward).parameters)
    # the batch may change, and height and width unless they are pinned
    sides = {0: "batch"} if card.size else {0: "batch", 2: "rows", 3: "columns"}
    proto = to_graph(
        frozen,
        list(_pictures(card, inputs, sizes[0]).values()),
        input_names=inputs,
        output_names=[card.kind],
        dynamic_shapes=({at: torch.export.Dim(side) for at, side in sides.items()},) * len(inputs),
    )
    payload = finish(proto, name=card.kind, key=METADATA_KEY, card=card.to_json())
    worst = prove(
        payload,
        lambda **pictures: {card.kind: frozen(**pictures)},
        (_pictures(card, inputs, size) for size in sizes),
        {card.kind: TOLERANCE},
        as_share=True,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_model(path, payload)
    difference = worst[card.kind]
    return ImportReport(kind=kind, path=path, difference=difference, unit="of the largest number")


def feature_kind(weights: Mapping[str, Tensor]) -> str | None:
    """Tell from the names of weights which features they are for; None when for none."""
    for name, kind in FEATURE_KINDS.items():
        if all(each in weights for each in kind.signature):
            return name
    return None


def read_all(sources: Sequence[Path]) -> dict[str, Tensor]:
    """Read several files of weights as one.

    Raises:
        ModelError: one cannot be read, or two have a name in common.
    """
    found: dict[str, Tensor] = {}
    for source in sources:
        weights = read_weights_file(source)
        twice = sorted(found.keys() & weights)
        if twice:
            raise ModelError(f"{source} holds {twice[0]} once more; give each file once")
        found |= weights
    return found


def load_features_network(
    kind: str, weights: Mapping[str, Tensor], *, classes: int = 0
) -> nn.Module:
    """Build a published network and load its weights strictly.

    Args:
        kind: of `FEATURE_KINDS`.
        weights: state-dict name to tensor; what is published but plays no part is left alone.
        classes: how many a classifier tells apart.

    Raises:
        ModelError: a name is missing, unknown, of another shape, or not finite.
    """
    about = FEATURE_KINDS[kind]
    network = about.build(classes)
    known = network.state_dict()
    counters = {name: value for name, value in known.items() if name.endswith(_COUNTER)}
    used = {name: value for name, value in weights.items() if not name.startswith(about.idle)}
    given = counters | used
    objection = complaint(known, given)
    if objection:
        raise ModelError(f"the weights are not those of {kind} ({about.files}): {objection}")
    network.load_state_dict(given, strict=True)
    return network.eval()


def _class_names(kind: str, classes: Path | None) -> tuple[str, ...]:
    """Read the names of a classifier's classes."""
    is_classifier = FEATURE_KINDS[kind].card.kind == "classifier"
    if classes is None:
        if is_classifier:
            raise InputError(f"{kind} needs --classes FILE: the names of its classes, one a line")
        return ()
    if not is_classifier:
        raise InputError(f"{kind} has no classes: leave --classes out")
    try:
        names = [
            line.strip() for line in decoded(classes.read_bytes()).splitlines() if line.strip()
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{classes} cannot be read as names of classes: {error}") from error
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice or not names:
        reason = f"names {twice[0]!r} twice" if twice else "is empty"
        raise InputError(f"{classes} {reason}; it must name every class once, one a line")
    return tuple(names)


def _card(kind: str, sources: Sequence[Path], classes: tuple[str, ...]) -> FeatureCard:
    """Say in the card which files it was made of."""
    made_of = ", ".join(f"{source.name} sha256 {file_sha256(source)[:16]}…" for source in sources)
    about = FEATURE_KINDS[kind].card
    return replace(about, recipe=f"{about.recipe}; of {made_of}", classes=classes)
