"""The wrapper around ONNX Runtime: a model file in, raw predictions out, errors in our words."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import InferenceError, InputError, ModelError
from photochrom.models.card import Card
from photochrom.models.contract import Signature, read_contract, read_model
from photochrom.models.mixing import parts_of
from photochrom.models.registry import DEFAULT_MODEL, resolve_model
from photochrom.work.parallel import interruptibly

F32 = NDArray[np.float32]

LONGEST_S: Final = 600.0  # that a model may load, or run for each million values it is given
_NEVER_BY_DEFAULT: Final = ("Azure", "Tensorrt", "NvTensorRTRTX")  # remote, or minutes to start
_LONGEST_NAME: Final = 100  # that a card may hold
_SILENT: Final = 4  # only what is fatal
_OPTIONAL_TYPES: Final = {"hints": (3, np.float32), "labels": (1, np.int64)}
_FINITE: Final = (-1e12, 1e12)  # what float32 can square; autochrome gives 1e6 for pure noise
_SHARES: Final = (-1e-4, 1 + 1e-4)  # with the rounding of a float32 softmax
_SUM_ERROR: Final = 1e-2  # of probabilities that were added up in half precision
_RANGES: Final = {
    "chroma": _FINITE,
    "distribution": _SHARES,
    "label_probability": _SHARES,
    "object_mask": _SHARES,
    "rgb_lightness": _FINITE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What a network gave for one picture, on its own grids.

    Attributes:
        chroma: (2, h, w) float32, a* and b*.
        distribution: (Q, h2, w2) float32 probabilities of the card's bins, or None.
        rgb_lightness: (h, w) float32 L* of models that paint RGB, or None.
        object_mask: (h, w) float32 in [0, 1], or None.
        label_probability: (K,) float32, or None.
    """

    chroma: F32
    distribution: F32 | None = None
    rgb_lightness: F32 | None = None
    object_mask: F32 | None = None
    label_probability: F32 | None = None


class KnownModel:
    """What can be asked of a model, and what it is known by.

    Attributes:
        card: what the model says about itself.
        signature: the inputs and outputs it has.
        sha256: of its file, lower-case hexadecimal; of a mix, those of all files and their shares.
    """

    card: Card
    signature: Signature
    sha256: str

    def require_output(self, name: str, purpose: str) -> None:
        """Refuse in one line what needs an output that the model lacks.

        Raises:
            InputError: when it has no output of that name.
        """
        if name not in self.signature.outputs:
            raise InputError(f"model {self.card.name} has no {name!r} output, so {purpose}")

    def require_input(self, name: str, purpose: str) -> None:
        """Refuse in one line what needs an input that the model lacks.

        Raises:
            InputError: when it has no input of that name.
        """
        if name not in self.signature.inputs:
            raise InputError(f"model {self.card.name} takes no {name!r}, so {purpose}")


class Session(KnownModel):
    """A model, loaded once, safe from many threads."""

    def __init__(
        self,
        model: Path | bytes,
        *,
        providers: Sequence[str] | None = None,
        threads: int | None = None,
    ) -> None:
        """Check and load a model.

        Args:
            model: a contract file, or its bytes.
            providers: ONNX Runtime execution providers, best first, such as
                ``["CUDAExecutionProvider"]``; by default what the installed wheel offers.
            threads: threads of one run; by default one per core.

        Raises:
            ModelError: when the file does not follow the contract, or cannot be loaded.
            InputError: when a provider is not there.
        """
        name = None if isinstance(model, bytes) else str(model)
        data = model if isinstance(model, bytes) else read_model(model)
        self.card, self.signature = read_contract(data, name=name)  # of the bytes that are loaded
        self.sha256 = hashlib.sha256(data).hexdigest()
        what = f"model {self.card.name}"
        self._network = load_network(data, name=what, providers=providers, threads=threads)

    def run(
        self,
        lightness: F32,
        *,
        outputs: Sequence[str] | None = None,
        inputs: Mapping[str, NDArray[Any]] | None = None,
    ) -> Outputs:
        """Run the network once.

        Args:
            lightness: (H, W) L* in [0, 100]; H and W multiples of the card's ``size_multiple``.
            outputs: names of the outputs wanted besides `chroma`; by default all it has.
            inputs: optional inputs, (C, H, W) each; what is missing gets its neutral value.

        Returns:
            The outputs.

        Raises:
            InputError: when the model lacks an input or output that is asked for.
            InferenceError: when it cannot be run, does not end, or gives what the contract rules
                out.
        """
        wanted = list(self.signature.outputs)
        if outputs is not None:
            for name in outputs:
                self.require_output(name, "it cannot be asked for it")
            wanted = ["chroma", *(name for name in outputs if name != "chroma")]
        for name in inputs or ():
            self.require_input(name, "it cannot be given any")
        feed = feed_of(self.card, lightness, inputs)
        values = dict(zip(wanted, self._network.run(wanted, feed), strict=True))
        for name, value in values.items():
            _check_output(name, value, self.card, lightness.shape)
        channels_only = ("rgb_lightness", "object_mask")
        named = {name: v[0, 0] if name in channels_only else v[0] for name, v in values.items()}
        return Outputs(**named)


class Mixture(KnownModel):
    """Loaded models whose chroma is averaged; safe from many threads.

    It gives chroma alone: distributions of several models are not averaged. Each model's colors
    count as strong as its card advises.

    Attributes:
        parts: the models, and their shares.
    """

    def __init__(self, parts: Sequence[tuple[Session, float]]) -> None:
        """Describe a mix by its models.

        Raises:
            ModelError: when their names together are too long.
        """
        self.parts = tuple(parts)
        cards = [session.card for session, _ in self.parts]
        name = self._joined([card.name for card in cards])
        if len(name) > _LONGEST_NAME:
            raise ModelError(
                f"{name[:40]}… has more than {_LONGEST_NAME} letters: mix fewer models"
            )
        size = max(card.working_size for card in cards)
        limits = [
            card.largest_size * size // card.working_size
            for card in cards
            if card.largest_size is not None
        ]
        self.card = Card(
            name=name,
            working_size=size,
            largest_size=min(limits, default=None),
            size_multiple=1,
            license=" AND ".join(dict.fromkeys(card.license for card in cards)),
            training_data="; ".join(dict.fromkeys(card.training_data for card in cards)),
            recipe={card.name: dict(card.recipe) for card in cards},
            description="The weighted mean of the chroma of several models.",
        )
        self.signature = Signature(("lightness",), ("chroma",))
        self.sha256 = self._joined([session.sha256 for session, _ in self.parts])

    def _joined(self, texts: Sequence[str]) -> str:
        """Write what is said of each model with its share, as mixes are asked for."""
        shares = [f"*{weight:g}" for _, weight in self.parts]
        told = [""] * len(shares) if len(set(shares)) == 1 else shares
        return "+".join(text + share for text, share in zip(texts, told, strict=True))


def open_session(
    model: str | Path, *, providers: Sequence[str] | None = None, threads: int | None = None
) -> Session | Mixture:
    """Load a model, or all that a mix asks for.

    Args:
        model: name of a model, a contract file, or a mix of them as `parts_of` reads it.
        providers: as in `Session`.
        threads: as in `Session`.

    Raises:
        ModelError: when a model is missing or damaged.
        InputError: when the mix is none, or a provider is not there.
    """
    asked = parts_of(model)
    files = [resolve_model(part.model) for part in asked]  # all of them before any is loaded
    sessions = [Session(file, providers=providers, threads=threads) for file in files]
    if len(sessions) == 1:
        return sessions[0]
    weights = [part.weight for part in asked]
    return Mixture(list(zip(sessions, weights, strict=True)))


def feed_of(
    card: Card, lightness: F32, inputs: Mapping[str, NDArray[Any]] | None = None
) -> dict[str, Any]:
    """Give a network one picture; what is not given gets its neutral value.

    Args:
        card: of the model.
        lightness: (H, W) L* in [0, 100].
        inputs: optional inputs, (C, H, W) each.

    Returns:
        What ONNX Runtime is fed with, by name.
    """
    given = inputs or {}
    feed: dict[str, Any] = {"lightness": np.ascontiguousarray(lightness, np.float32)[None, None]}
    for name, neutral in card.neutral_inputs.items():
        channels, dtype = _OPTIONAL_TYPES[name]
        value = given.get(name)
        if value is None:
            value = np.full((channels, *lightness.shape), neutral)
        feed[name] = np.ascontiguousarray(value, dtype)[None]
    return feed


def _check_output(name: str, value: NDArray[Any], card: Card, shape: tuple[int, ...]) -> None:
    """Refuse an output that the contract rules out, rather than color with it."""
    height, width = shape
    if name == "label_probability":
        is_right = value.shape == (1, len(card.labels))
    else:  # its channels, and the picture's aspect on a grid no finer
        channels = {"chroma": 2, "distribution": len(card.bins)}.get(name, 1)
        is_right = value.ndim == 4 and value.shape[:2] == (1, channels)
        rows, columns = value.shape[-2:] if is_right else (0, 0)
        is_right = is_right and 0 < rows <= height and height * columns == width * rows
    if value.dtype != np.float32 or not is_right:
        raise InferenceError(
            f"the model gave {name} of shape {value.shape}, {value.dtype}, for {height} x {width}"
        )
    least, most = _RANGES[name]
    if not (least <= value.min() and value.max() <= most):  # false as well for what is no number
        reason = "out of range" if np.isfinite(value).all() else "not a number"
        raise InferenceError(f"the model gave {name} that is {reason}")
    if name == "distribution" and np.abs(value.sum(axis=1) - 1).max() > _SUM_ERROR:
        raise InferenceError("the model gave a distribution whose probabilities do not add up to 1")


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded graph, safe from many threads.

    Attributes:
        session: ONNX Runtime's.
        name: what messages call it.
    """

    session: Any
    name: str

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of all outputs."""
        return tuple(output.name for output in self.session.get_outputs())

    def run(self, outputs: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run it once; Ctrl-C, the end of a `stoppable_pool` and a time limit end it.

        Args:
            outputs: names of those wanted.
            feed: all inputs by name.

        Returns:
            The outputs in the order of their names, unchecked.

        Raises:
            InferenceError: when it cannot be run, or takes longer than `LONGEST_S` for each million
                values of its largest input.
        """
        import onnxruntime  # noqa: PLC0415  # loaded already

        options = onnxruntime.RunOptions()
        options.log_severity_level = _SILENT

        def end() -> None:
            options.terminate = True  # looked at before each operator, also inside loops

        run = partial(self.session.run, list(outputs), dict(feed), options)
        longest_s = LONGEST_S * max(1.0, *(each.size / 1e6 for each in feed.values()))
        try:
            found: list[NDArray[Any]] = interruptibly(run, end, longest_s)
        except Exception as error:  # of ONNX Runtime, whose errors have no common base
            raise InferenceError(f"{self.name} could not be run: {first_line(error)}") from error
        if not all(isinstance(value, np.ndarray) for value in found):
            raise InferenceError(f"{self.name} could not be run: it gave what is no tensor")
        return found


def load_network(
    data: bytes,
    *,
    name: str = "the model",
    providers: Sequence[str] | None = None,
    threads: int | None = None,
) -> Network:
    """Load a graph from memory, so that no other file can be reached from within it.

    Args:
        data: an ONNX file that `read_facts` has accepted.
        name: what messages call it.
        providers: as in `Session`.
        threads: as in `Session`.

    Raises:
        ModelError: when it cannot be loaded, or not within `LONGEST_S`.
        InputError: when a provider is not there.
    """
    import onnxruntime  # noqa: PLC0415  # costs as much as all other imports together

    onnxruntime.set_default_logger_severity(_SILENT)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = threads or 0
    # threads that wait by spinning would take the cores from the merge of another picture
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # four bytes of a file that is both would have it read as ONNX Runtime's own format, unchecked
    options.add_session_config_entry("session.load_model_format", "ONNX")
    offered: list[str] = onnxruntime.get_available_providers()
    for asked in providers or ():
        if asked not in offered:
            raise InputError(f"no provider {asked!r} here, only {', '.join(offered)}")
    usual = [each for each in offered if not each.startswith(_NEVER_BY_DEFAULT)]
    chosen = usual if providers is None else list(providers)

    def end() -> None:
        if hasattr(options, "set_load_cancellation_flag"):  # ONNX Runtime 1.21 or later
            options.set_load_cancellation_flag(True)

    try:
        load = partial(onnxruntime.InferenceSession, data, options, providers=chosen)
        return Network(interruptibly(load, end, LONGEST_S), name)
    except Exception as error:
        raise ModelError(f"the model cannot be loaded: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """Give the first line of a foreign error, at most 300 characters."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def open_model(model: str | Path = DEFAULT_MODEL) -> Session:
    """Open a model as the plain function it is: lightness in, chroma out.

    Args:
        model: name of a model, or a contract file.

    Returns:
        A session; ``session.run(lightness)`` takes (H, W) float32 L* whose sides are multiples of
        ``session.card.size_multiple``.

    Raises:
        ModelError: when the model is missing or damaged.
    """
    return Session(resolve_model(model))
