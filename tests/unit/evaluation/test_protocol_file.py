from pathlib import Path

import pytest

from photochrom.errors import InputError
from photochrom.evaluation.protocol import PROTOCOLS, Setup
from photochrom.evaluation.protocol_file import pinned, protocol_text


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    protocol = PROTOCOLS["center-256"]
    text = protocol_text(Setup(protocol=protocol, saturation=0.9, size=128, limit=5, raw_rgb=True))
    plan = pinned(write(tmp_path / "a.toml", text))
    assert plan.protocol.fit == "center"
    assert (plan.saturation, plan.temperature, plan.size) == (0.9, None, 128)
    assert (plan.limit, plan.raw_rgb, plan.probe) == (5, True, None)


def test_a_file_saved_by_notepad_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('protocol = "original"', encoding="utf-8-sig")
    assert pinned(str(tmp_path / "a.toml")).protocol is PROTOCOLS["original"]


def test_masks_lie_beside_the_file(tmp_path: Path) -> None:
    plan = pinned(write(tmp_path / "a.toml", 'protocol = "original"\nmasks = "objects"'))
    assert plan.masks == tmp_path / "objects"


def test_a_name_is_a_protocol_with_nothing_else() -> None:
    assert pinned("stretch-256").protocol is PROTOCOLS["stretch-256"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('fit = "square"', "fit must be one of whole, stretch, center, original, not 'square'"),
        ('fit = "whole"', "side_px must be from 16 to 4096, not 0"),
        ('protocol = "whole-256"\nfit = "whole"', "both a protocol and its own fit"),
        ('protocol = "whole-256"\nseed = 3', "unknown key 'seed'"),
        ('protocol = "whole-256"\nlimit = true', "bad 'limit': True is not a number"),
        ('protocol = "whole-256"\nlimit = "all"', "bad 'limit': 'all' is not a number"),
        ("protocol = ", "is not TOML"),
        pytest.param("protocol = " + "[" * 100_000, "it is nested too deeply", id="deep"),
        (
            'protocol = "whole-256"\nprobe = "objects"',
            "bad 'probe': 'objects' is not one of intensity",
        ),
        ('protocol = "whole-256"\n[features]\nniqe = "a"', "features has niqe = 'a'; it knows"),
        ('protocol = "square"', "protocol 'square' is unknown"),
    ],
)
def test_bad_files_are_one_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(InputError, match=line):
        pinned(write(tmp_path / "a.toml", text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml cannot be read"):
        pinned(str(tmp_path / "none.toml"))


def test_a_saturation_of_0_is_pinned_too(tmp_path: Path) -> None:
    text = protocol_text(Setup(protocol=PROTOCOLS["original"], saturation=0.0))
    assert pinned(write(tmp_path / "a.toml", text)).saturation == 0


def test_feature_files_are_pinned_and_lie_beside_the_file(tmp_path: Path) -> None:
    rest = {"features": {"lpips": Path("alex.onnx")}, "limit": 3}
    setup = Setup(protocol=PROTOCOLS["original"], **rest)
    plan = pinned(write(tmp_path / "a.toml", protocol_text(setup)))
    assert (plan.features, plan.limit) == ({"lpips": tmp_path / "alex.onnx"}, 3)
