"""Make a result again from its file of edits, byte for byte."""

from dataclasses import replace
from pathlib import Path

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.edits.file import Edits, photograph_sha256
from photochrom.errors import InputError
from photochrom.picture.reading.read import read_picture


def colorize_again(
    edits: Edits,
    photograph: Path,
    target: Path,
    *,
    model: str | None = None,
    overwrite: bool = False,
) -> tuple[str, ...]:
    """Color a photograph exactly as edits say.

    Args:
        edits: from `read_edits`.
        photograph: the same photograph, wherever it lies now.
        target: the result; under its name only when complete.
        model: name or file of the same model, where its name alone does not lead to it.
        overwrite: whether the target may be replaced.

    Returns:
        What the person should know.

    Raises:
        InputError: when it is another photograph or model, or the result cannot be written.
        ModelError: when there is no such model.
    """
    if photograph_sha256(photograph) != edits.photograph_sha256:
        raise InputError(f"{photograph} is not the photograph that the edits were made for")
    options = replace(edits.options, variants=edits.variant)
    colorizer = Colorizer(model or edits.model, options=options)
    if colorizer.sha256 != edits.model_sha256:
        raise InputError(
            f"the edits were made with another model {edits.model}, "
            f"of SHA-256 {edits.model_sha256[:16]}: give its file with --model"
        )
    picture = read_picture(photograph, damaged=options.damaged)
    prediction = colorizer.predict_variants(picture)[edits.variant]
    lost = colorizer.write_prediction(picture, prediction, target, edits=edits, overwrite=overwrite)
    now = colorizer.provenance.version
    if now == edits.version:
        return lost
    return (
        *lost,
        f"made by photochrom {edits.version}, and again by {now}: it may differ a little",
    )
