"""Who simulated the colors of a picture: what the result says about itself."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What made the colors.

    Args:
        model: name of the model.
        model_sha256: of the model file, in hexadecimal.
        options: the options in force, by name.
        version: of photochrom.
    """

    model: str
    model_sha256: str
    options: Mapping[str, object]
    version: str

    def software(self) -> str:
        """Name the software and its version, as in ``photochrom 0.1.0``."""
        return f"photochrom {self.version}"

    def parameters(self) -> str:
        """List the model and the options in one line, sorted by name."""
        named = {"model": self.model, "model-sha256": self.model_sha256, **self.options}
        return "; ".join(f"{name}={named[name]}" for name in sorted(named))

    def sentence(self) -> str:
        """Say it for people, in one plain sentence.

        >>> Provenance(model="m", model_sha256="", options={}, version="1").sentence()
        'The colors of this picture are simulated, by photochrom 1 with the model m.'
        """
        return (
            f"The colors of this picture are simulated, by {self.software()} "
            f"with the model {self.model}."
        )


def written_at() -> str:
    """Give the time to write into files, in ISO 8601; ``SOURCE_DATE_EPOCH`` overrules the clock."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")
