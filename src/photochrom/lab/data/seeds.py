"""Seeds as a pure function of run, step and purpose, so that a resumed run draws the same."""

from enum import IntEnum


class Purpose(IntEnum):
    """What random numbers of a step are for; each has a stream of its own."""

    AUGMENTATION = 1
    SIZE = 2
    PICTURES = 3
    HINTS = 4
    ORDER = 5
    DROPOUT = 6
    MIXTURES = 7
    GRAIN = 8
    FOLDS = 9
    FILM = 10


def mix_seed(seed: int, step: int, purpose: Purpose) -> int:
    """Turn (seed, step, purpose) into one 63-bit seed."""
    mixed = seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + purpose * 0x94D049BB133111EB
    mixed ^= mixed >> 31
    return mixed % (1 << 63)
