"""Match results to originals by name: suffixes may differ, and results may end in -color."""

from pathlib import PurePosixPath

from photochrom.engine.result import RESULT_SUFFIX


def without_suffix(name: str) -> str:
    """Drop the suffix of a relative path.

    >>> without_suffix("birds/a.1.jpg")
    'birds/a.1'
    """
    return str(PurePosixPath(name).with_suffix(""))


def possible_originals(name: str) -> set[str]:
    """Give the names of originals that a result may belong to, with and without a suffix.

    >>> sorted(possible_originals("birds/a-color.png"))
    ['birds/a', 'birds/a-color', 'birds/a-color.png', 'birds/a.png']
    """
    key, suffix = without_suffix(name), PurePosixPath(name).suffix
    original = key.removesuffix(RESULT_SUFFIX)
    return {key, original, key + suffix, original + suffix}
