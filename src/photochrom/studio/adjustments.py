"""What a person has chosen for one photograph."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from photochrom.engine.hints import Hint
from photochrom.engine.options import Options
from photochrom.errors import InputError
from photochrom.picture.metadata.captions import MOST_CHARACTERS
from photochrom.records import record_of

VARIANTS: Final = 5  # offered beside the first coloring
MOST_HINTS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustments:
    """How a photograph is colored.

    Attributes:
        saturation: 0 to 2; None for what the model advises.
        warmth: -1 to 1.
        temperature: 0.01 to 10; None for the model's own.
        variant: 0 for the first coloring, else the number of another one.
        hints: colors at points, in pixels of the photograph at its full size.
        recolor: color it although it is in color already.
        caption: what is said of it; None for what its file says.
        model: that colors it; None for the one that the studio was started with.
    """

    saturation: float | None = None
    warmth: float = 0.0
    temperature: float | None = None
    variant: int = 0
    hints: tuple[Hint, ...] = ()
    recolor: bool = False
    caption: str | None = None
    model: str | None = None

    def __post_init__(self) -> None:
        """Refuse what the engine would refuse later."""
        if not 0 <= self.variant <= VARIANTS:
            raise InputError(f"variant must be from 0 to {VARIANTS}, not {self.variant}")
        if len(self.hints) > MOST_HINTS:
            raise InputError(f"a photograph takes {MOST_HINTS} hints at most")
        if len(self.caption or "") > MOST_CHARACTERS:
            raise InputError(f"a caption has {MOST_CHARACTERS} characters at most")
        self.options()

    def options(self) -> Options:
        """Give them as the engine takes them."""
        return Options(
            saturation=self.saturation,
            warmth=self.warmth or None,
            temperature=self.temperature,
            hints=() if self.saturation == 0 else self.hints,
            recolor=self.recolor,
        )

    def as_content(self) -> dict[str, Any]:
        """Give them as JSON holds them."""
        return asdict(self)

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> Self:
        """Read what `as_content` gave.

        Raises:
            InputError: when a value is out of range.
        """
        hints = tuple(record_of(Hint, each) for each in content.get("hints", ()))
        return cls(**{**content, "hints": hints})
