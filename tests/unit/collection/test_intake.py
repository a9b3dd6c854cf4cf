import numpy as np

from photochrom.collection.intake import Look, look_at, sort_out

GRAY, COLOR, OTHER = (
    np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    for seed in range(3)
)
GRAY[...] = GRAY[..., :1]


def look(picture: np.ndarray, checksum: str = "") -> Look:
    return look_at(picture, checksum)


def test_each_picture_that_is_left_out_has_its_reason() -> None:
    looks = [look(COLOR), "damaged", look(GRAY), look(COLOR[::2, ::2]), look(OTHER)]
    assert sort_out(looks) == ["", "unreadable", "gray", "duplicate", ""]


def test_exact_duplicates_have_the_same_bytes_and_all_may_be_kept() -> None:
    looks = [look(COLOR, "a"), look(COLOR, "b"), look(COLOR, "a")]
    assert sort_out(looks, "exact") == ["", "", "duplicate"]
    assert sort_out(looks, "keep") == ["", "", ""]


def test_a_color_photograph_is_no_duplicate_of_its_gray_copy() -> None:
    pale = (0.9 * GRAY + 0.1 * np.uint8([255, 128, 0])).astype(np.uint8)
    assert not look(pale).is_gray
    assert sort_out([look(pale), look(GRAY)]) == ["", "gray"]
    assert sort_out([look(GRAY), look(pale)]) == ["gray", ""]
