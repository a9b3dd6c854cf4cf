"""What a person may ask of an adaptation."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from photochrom.errors import InputError
from photochrom.flags import option

Method = Literal["auto", "gan", "linear"]

METHODS: Final[tuple[Method, ...]] = get_args(Method)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a person may ask of an adaptation.

    Attributes:
        method: `auto` chooses in inner folds among what is solved in seconds.
        labelled: learn one model for many kinds, which are the labels of the collection.
        seed: of folds, augmentation and first weights.
        anyway: write a model also when it is likely, but not surely, better.
        augment: look at every photograph many times, moved, mirrored, turned and zoomed.
    """

    method: Method = option("auto", "auto chooses among what is solved in seconds; gan is trained.")
    labelled: bool = option(False, "One model for many kinds: the sub-folders.")
    seed: int = option(0, "Of all lots.", least=0)
    anyway: bool = option(False, "Write what is likely, but not surely, better; its card says so.")
    augment: bool = True

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        if self.method not in METHODS:
            raise InputError(f"method must be one of {', '.join(METHODS)}, not {self.method!r}")
        if self.seed < 0:
            raise InputError(f"seed must be at least 0, not {self.seed}")
