"""The wrapper around ONNX Runtime: a model file in, raw predictions out, errors in our words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import InferenceError, InputError, ModelError
from photochrom.models.card import Card
from photochrom.models.contract import model_sha256, read_contract, read_model

F32 = NDArray[np.float32]

_NEVER_BY_DEFAULT: Final = ("Azure", "Tensorrt", "NvTensorRTRTX")  # remote, or minutes to start
_SILENT: Final = 4  # only what is fatal
_OPTIONAL_TYPES: Final = {"hints": (3, np.float32), "labels": (1, np.int64)}


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


class Session:
    """A model, loaded once, safe from many threads.

    Attributes:
        card: what the model says about itself.
        signature: the inputs and outputs it has.
        sha256: of its file, lower-case hexadecimal.
    """

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
        self.sha256 = model_sha256(data)
        self._session = load_network(data, providers, threads)

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
            InferenceError: when it cannot be run, or gives what the contract rules out.
        """
        wanted = self._wanted_outputs(outputs)
        feed = self._feed(lightness, inputs or {})
        values = dict(zip(wanted, self._run(wanted, feed), strict=True))
        _check_chroma(values["chroma"], lightness.shape)
        channels_only = ("rgb_lightness", "object_mask")
        named = {name: v[0, 0] if name in channels_only else v[0] for name, v in values.items()}
        return Outputs(**named)

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

    def _wanted_outputs(self, outputs: Sequence[str] | None) -> list[str]:
        if outputs is None:
            return list(self.signature.outputs)
        for name in outputs:
            self.require_output(name, "it cannot be asked for it")
        return ["chroma", *(name for name in outputs if name != "chroma")]

    def _feed(self, lightness: F32, inputs: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        for name in inputs:
            self.require_input(name, "it cannot be given any")
        return feed_of(self.card, lightness, inputs)

    def _run(self, wanted: list[str], feed: dict[str, Any]) -> list[NDArray[Any]]:
        """Run, translating whatever ONNX Runtime raises; its errors have no common base."""
        try:
            values: list[NDArray[Any]] = self._session.run(wanted, feed, _run_options())
        except Exception as error:
            raise InferenceError(
                f"model {self.card.name} could not be run: {first_line(error)}"
            ) from error
        return values


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


def _check_chroma(chroma: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Refuse an output that the contract rules out, rather than color with it."""
    height, width = shape
    has_shape = chroma.ndim == 4 and chroma.shape[:2] == (1, 2) and min(chroma.shape) > 0
    if not has_shape or height * chroma.shape[3] != width * chroma.shape[2]:
        raise InferenceError(
            f"the model gave chroma of shape {chroma.shape} for {height} x {width}"
        )
    if not np.isfinite(chroma).all():
        raise InferenceError("the model gave chroma that is not a number")


def load_network(
    data: bytes, providers: Sequence[str] | None = None, threads: int | None = None
) -> Any:
    """Load a graph from memory, so that no other file can be reached from within it.

    Args:
        data: an ONNX file.
        providers: as in `Session`.
        threads: as in `Session`.

    Returns:
        ONNX Runtime's session.

    Raises:
        ModelError: when it cannot be loaded.
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
    chosen = _choose_providers(providers, onnxruntime.get_available_providers())
    try:
        return onnxruntime.InferenceSession(data, options, providers=chosen)
    except Exception as error:
        raise ModelError(f"the model cannot be loaded: {first_line(error)}") from error


def _choose_providers(asked: Sequence[str] | None, offered: Sequence[str]) -> list[str]:
    if asked is None:
        return [name for name in offered if not name.startswith(_NEVER_BY_DEFAULT)]
    strange = [name for name in asked if name not in offered]
    if strange:
        raise InputError(f"no provider {strange[0]!r} here, only {', '.join(offered)}")
    return list(asked)


def _run_options() -> Any:
    import onnxruntime  # noqa: PLC0415  # loaded already

    options = onnxruntime.RunOptions()
    options.log_severity_level = _SILENT
    return options


def first_line(error: Exception) -> str:
    """Give the first line of a foreign error, at most 300 characters."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
