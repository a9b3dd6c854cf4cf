"""Objects as a Hugging Face segmenter sees them."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import torch

from photochrom.arrays import U8
from photochrom.errors import InputError
from photochrom.models.fetch import is_offline

_SIDE: Final = 512
_MEAN: Final = (0.485, 0.456, 0.406)  # of ImageNet, as semantic segmenters are trained
_SPREAD: Final = (0.229, 0.224, 0.225)
_BACKGROUNDS: Final = ("background", "wall", "sky", "other", "unlabeled")


class SegmentedObjects:
    """Objects from a semantic segmenter: every class but the background ones.

    Args:
        model: folder of a saved model, or a name on Hugging Face; safetensors only, code is never
            run. ``MODEL:bird,cat`` takes only these classes for objects.

    Raises:
        InputError: when there is no such model, or it has no such class.
    """

    def __init__(self, model: str) -> None:
        source, classes = _split(model)
        self._model = _load(source)
        names = self._model.config.id2label
        known = {name.lower(): number for number, name in names.items()}
        strange = [name for name in classes if name not in known]
        if strange:
            there = ", ".join(list(known)[:12])
            raise InputError(f"segmenter {source} knows no {strange[0]!r}, only {there}")
        objects = classes or [name for name in known if name not in _BACKGROUNDS]
        self._wanted = [known[name] for name in objects]

    def __call__(self, name: str, rgb: U8, kind: int) -> U8:
        """Segment a picture; gives (H, W), 0 where there is no object."""
        picture = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255
        mean, spread = (torch.tensor(values)[:, None, None] for values in (_MEAN, _SPREAD))
        pixels = torch.nn.functional.interpolate(
            (picture - mean) / spread, size=(_SIDE, _SIDE), mode="bilinear", antialias=True
        )
        with torch.no_grad():
            logits = self._model(pixel_values=pixels).logits
        seen = torch.nn.functional.interpolate(logits, size=rgb.shape[:2], mode="bilinear")
        is_object = torch.isin(seen[0].argmax(dim=0), torch.tensor(self._wanted))
        return (is_object * kind).byte().numpy()


def _split(model: str) -> tuple[str, Sequence[str]]:
    """Split MODEL:class,class; a Windows drive is no class."""
    source, colon, classes = model.rpartition(":")
    if not colon or Path(model).is_dir() or "/" in classes or "\\" in classes:
        return model, ()
    return source, [name.strip().lower() for name in classes.split(",")]


def _load(source: str) -> Any:
    """Load a segmenter without running any code of its own.

    Raises:
        InputError: when that fails.
    """
    with _quiet():
        from transformers import AutoModelForSemanticSegmentation  # noqa: PLC0415  (slow)

        try:
            model = AutoModelForSemanticSegmentation.from_pretrained(
                source,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=Path(source).is_dir() or is_offline(),
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0][:200]
            raise InputError(f"segmenter {source} cannot be loaded: {reason}") from error
    return model.eval()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the remarks and progress bars of transformers and its downloads from the user."""
    remarks: Any = import_module("transformers.utils.logging")  # slow

    hub = logging.getLogger("huggingface_hub")
    level, verbosity = hub.level, remarks.get_verbosity()
    has_bars = remarks.is_progress_bar_enabled()
    hub.setLevel(logging.ERROR)
    remarks.set_verbosity_error()
    remarks.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        hub.setLevel(level)
        remarks.set_verbosity(verbosity)
        if has_bars:
            remarks.enable_progress_bar()
