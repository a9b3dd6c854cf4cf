import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from threading import enumerate as enumerate_threads

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from tests.tiny import BINS, constant_model, endless_model, stubborn_model, tiny_card
from tests.tiny import tiny_model as write_tiny_model

from photochrom.engine import session as engine_session
from photochrom.engine.session import Session, load_network
from photochrom.errors import InferenceError, InputError, ModelError
from photochrom.models.contract import METADATA_KEY
from photochrom.work import parallel
from photochrom.work.parallel import stoppable_pool


@pytest.fixture(scope="module")
def session(tiny_model: Path) -> Session:
    return Session(tiny_model, threads=1)


def _lightness(height: int = 16, width: int = 24, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 100, (height, width)).astype(np.float32)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_outputs_have_their_own_grids(tmp_path: Path, stride: int) -> None:
    session = Session(write_tiny_model(tmp_path / "model.onnx", stride=stride), threads=1)
    outputs = session.run(_lightness())
    assert outputs.chroma.shape == (2, 16 // stride, 24 // stride)
    assert outputs.distribution is not None
    assert outputs.distribution.shape == (len(BINS), 4, 6)
    assert np.allclose(outputs.distribution.sum(axis=0), 1, atol=1e-5)
    assert outputs.rgb_lightness is None


def test_bytes_and_path_are_the_same_model(tiny_model: Path, session: Session) -> None:
    again = Session(tiny_model.read_bytes(), threads=1)
    assert again.sha256 == session.sha256
    assert np.array_equal(again.run(_lightness()).chroma, session.run(_lightness()).chroma)


def test_only_what_is_wanted_is_computed(session: Session) -> None:
    assert session.run(_lightness(), outputs=()).distribution is None


def test_neutral_hints_are_supplied_and_given_ones_are_used(tmp_path: Path) -> None:
    session = Session(write_tiny_model(tmp_path / "model.onnx", hints=True), threads=1)
    nothing = np.zeros((3, 16, 24), np.float32)
    everywhere = nothing + np.array([20, -30, 1], np.float32)[:, None, None]
    without = session.run(_lightness()).chroma
    assert np.array_equal(without, session.run(_lightness(), inputs={"hints": nothing}).chroma)
    hinted = session.run(_lightness(), inputs={"hints": everywhere}).chroma
    assert np.allclose(hinted.mean(axis=(1, 2)), [20, -30], atol=1e-4)


def test_what_the_model_lacks_is_refused_in_one_line(tmp_path: Path) -> None:
    session = Session(constant_model(tmp_path / "model.onnx", 1, 2), threads=1)
    with pytest.raises(InputError, match="takes no 'hints'"):
        session.run(_lightness(), inputs={"hints": np.zeros((3, 16, 24), np.float32)})
    with pytest.raises(InputError, match="no 'rgb_lightness' output"):
        session.run(_lightness(), outputs=["rgb_lightness"])


def test_many_threads_get_what_one_gets(session: Session) -> None:
    pictures = [_lightness(seed=seed) for seed in range(24)]
    alone = [session.run(picture).chroma for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda picture: session.run(picture).chroma, pictures))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_failed_run_raises_instead_of_giving_gray(session: Session) -> None:
    """DeOldify gives the gray photograph back when memory runs out."""
    with pytest.raises(InferenceError, match="could not be run") as caught:
        session.run(_lightness(3, 3))
    assert "\n" not in str(caught.value)


def test_chroma_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    session = Session(constant_model(tmp_path / "model.onnx", float("nan"), 0), threads=1)
    with pytest.raises(InferenceError, match="not a number"):
        session.run(_lightness())


CHROMA = np.zeros((1, 2, 8, 12), np.float32)
EVEN = np.full((1, len(BINS), 4, 6), 1 / len(BINS), np.float32)
MASK = np.full((1, 1, 8, 12), 0.5, np.float32)
ABOUT = {"bins": BINS, "labels": ("bear", "fox")}


def _with(array: np.ndarray, value: float) -> np.ndarray:
    """Replace one number."""
    changed = array.copy()
    changed.flat[changed.size // 2] = value
    return changed


def test_every_output_that_keeps_the_contract_is_taken(tmp_path: Path) -> None:
    told = {
        "chroma": CHROMA,
        "distribution": EVEN,
        "object_mask": MASK,
        "rgb_lightness": MASK * 100,
        "label_probability": np.array([[0.25, 0.75]], np.float32),
    }
    found = Session(stubborn_model(tmp_path / "m.onnx", told, **ABOUT), threads=1).run(_lightness())
    for name, value in told.items():
        taken = value[0, 0] if name in {"object_mask", "rgb_lightness"} else value[0]
        assert np.array_equal(getattr(found, name), taken)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("chroma", CHROMA[:, :1], r"chroma of shape \(1, 1, 8, 12\)"),
        ("chroma", CHROMA[:, :, :7], "chroma of shape"),
        ("chroma", CHROMA[:, :, :, :0], "chroma of shape"),
        ("chroma", CHROMA.repeat(4, 2).repeat(4, 3), "chroma of shape"),
        ("chroma", CHROMA[0], "chroma"),
        ("chroma", _with(CHROMA, np.inf), "chroma that is not a number"),
        ("chroma", _with(CHROMA, -1e30), "chroma that is out of range"),
        ("distribution", EVEN[:, 1:], "distribution of shape"),
        ("distribution", EVEN[:, :, 1:], "distribution of shape"),
        ("distribution", _with(EVEN, np.nan), "distribution that is not a number"),
        ("distribution", _with(EVEN, -0.1), "distribution that is out of range"),
        ("distribution", EVEN * 0, "do not add up to 1"),
        ("object_mask", MASK.repeat(2, 1), "object_mask of shape"),
        ("object_mask", _with(MASK, np.nan), "object_mask that is not a number"),
        ("object_mask", _with(MASK, 1.5), "object_mask that is out of range"),
        ("rgb_lightness", MASK[:, :, 1:], "rgb_lightness of shape"),
        ("rgb_lightness", _with(MASK, np.nan), "rgb_lightness that is not a number"),
        ("label_probability", np.zeros((1, 3), np.float32), "label_probability of shape"),
        ("label_probability", np.zeros((2, 2), np.float32), "label_probability of shape"),
        ("label_probability", np.full((1, 2), np.nan, np.float32), "label_probability that is not"),
        ("label_probability", np.full((1, 2), 7, np.float32), "label_probability that is out of"),
    ],
)
def test_outputs_that_the_contract_rules_out_are_refused(
    tmp_path: Path, name: str, value: np.ndarray, message: str
) -> None:
    told = {"chroma": CHROMA, name: value}
    session = Session(stubborn_model(tmp_path / "m.onnx", told, **ABOUT), threads=1)
    with pytest.raises((InferenceError, ModelError), match=message):
        session.run(_lightness())


def test_a_model_that_never_ends_is_ended_at_the_time_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(endless_model(tmp_path / "m.onnx"), threads=1)
    monkeypatch.setattr(engine_session, "LONGEST_S", 0.0)
    with pytest.raises(InferenceError, match="tiny could not be run: it took longer than 0 s"):
        session.run(_lightness())


def test_a_model_that_never_ends_is_ended_by_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press() -> bool:  # asked while the model runs
        signal.raise_signal(signal.SIGINT)
        return False

    session = Session(endless_model(tmp_path / "m.onnx"), threads=1)
    monkeypatch.setattr(parallel, "is_stopped", press)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # shells may ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            session.run(_lightness())
    finally:
        signal.signal(signal.SIGINT, before)
    _wait_for_networks()


def test_a_model_that_never_ends_is_ended_with_the_pool_that_runs_it(tmp_path: Path) -> None:
    """Ctrl-C closes the pool, which would wait for it for ever."""
    session = Session(endless_model(tmp_path / "m.onnx"), threads=1)
    begun = Barrier(2)

    def work(_: int) -> None:
        begun.wait()
        session.run(_lightness())

    with stoppable_pool(1) as pool:
        future = pool.submit(work, 0)
        begun.wait()
    assert isinstance(future.exception(), KeyboardInterrupt)
    _wait_for_networks()


def _wait_for_networks() -> None:
    """Wait until no run goes on behind anybody's back; a failure hangs here."""
    for thread in enumerate_threads():
        if thread.name == "photochrom-work":
            thread.join()


def test_graph_that_does_not_load_is_a_model_error() -> None:
    node = helper.make_node("NoSuchOperator", ["lightness"], ["chroma"])
    tensors = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", channels, "H", "W"])
        for name, channels in (("lightness", 1), ("chroma", 2))
    ]
    model = helper.make_model(helper.make_graph([node], "bad", tensors[:1], tensors[1:]))
    helper.set_model_props(model, {METADATA_KEY: tiny_card().to_json()})
    with pytest.raises(ModelError, match="cannot be loaded"):
        Session(model.SerializeToString())


def test_unknown_provider_lists_those_there(tiny_model: Path) -> None:
    with pytest.raises(InputError, match=r"no provider 'Abacus' here, only .*CPU"):
        Session(tiny_model, providers=["Abacus"])


def test_stored_halves_are_cast_at_load(tiny_model: Path) -> None:
    stored = onnx.load(tiny_model).graph.initializer
    assert any(weight.data_type == TensorProto.FLOAT16 for weight in stored)


def test_engine_is_imported_without_onnx_runtime() -> None:
    code = "import photochrom.engine.colorizer, sys; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_failures_print_nothing(tiny_model: Path) -> None:
    code = (
        "import numpy, pathlib, photochrom.engine.session as s\n"
        f"session = s.Session(pathlib.Path({str(tiny_model)!r}), threads=1)\n"
        "try: session.run(numpy.zeros((3, 3), 'f'))\n"
        "except s.InferenceError: pass"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr == b""


def test_a_graph_in_onnx_runtimes_own_format_is_not_loaded(tmp_path: Path) -> None:
    """Its four bytes may stand in a file whose protobuf looks harmless to the check."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "own.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(str(constant_model(tmp_path / "m.onnx", 1, 2)), options)
    own = (tmp_path / "own.ort").read_bytes()
    assert own[4:8] == b"ORTM"
    onnxruntime.InferenceSession(own)  # which it would load
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_network(own)
