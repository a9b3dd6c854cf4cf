"""The public face: complete, lazy, and without torch."""

import subprocess
import sys

import photochrom

PUBLIC = {
    "Colorizer",
    "Hint",
    "InferenceError",
    "InputError",
    "ModelError",
    "Options",
    "PhotochromError",
    "Picture",
    "RunError",
    "colorize",
    "colorize_film",
    "evaluate",
    "open_collection",
    "open_model",
    "read_picture",
}


def test_the_public_names_are_these_and_all_of_them_work() -> None:
    assert set(photochrom.__all__) == PUBLIC
    for name in PUBLIC:
        member = getattr(photochrom, name)
        assert member.__doc__, name
        assert member.__module__.startswith("photochrom."), name
    assert set(dir(photochrom)) >= PUBLIC
    assert photochrom.__version__


def test_other_names_do_not_exist() -> None:
    assert not hasattr(photochrom, "colorise")


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, check=True, text=True)
    return set(result.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pyvips", "onnxruntime", "torch", "click", "rich"}
    assert not heavy & loaded_after("import photochrom")


def test_the_runtime_leaves_torch_out() -> None:
    names = ", ".join(sorted(PUBLIC))
    loaded = loaded_after(f"from photochrom import {names}\nimport photochrom.cli.colorize")
    assert "pyvips" in loaded
    assert not {"torch", "lightning", "onnx", "safetensors"} & loaded


def test_help_needs_no_numpy() -> None:
    statement = "import photochrom.cli.main as m\nm.run(['--help'])"
    assert not {"numpy", "pyvips", "onnxruntime", "rich"} & loaded_after(statement)
