"""A film as it is read: what its file says, and its frames one after the other."""

import contextlib
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.errors import InputError
from photochrom.extras import need
from photochrom.film.planes import Layout, layout_of
from photochrom.picture.reading.formats import HEAD_BYTES, sniff_kind
from photochrom.picture.tone import TONE_SIDE, ToneKind, detect_tone
from photochrom.work.parallel import is_stopped

Packet = Any  # of PyAV, which is loaded when it is needed
Frame = Any

_NAMES: Final = "mp4 m4v mov mkv webm avi mpg mpeg ts m2ts mts wmv flv 3gp ogv dv mxf"
SUFFIXES: Final = frozenset(f".{name}" for name in _NAMES.split())
_HDR: Final = {16: "PQ", 18: "HLG"}  # AVCOL_TRC, ITU-T H.273
_BT2020: Final = 9  # AVCOL_PRI, the same table
_SAMPLES: Final = 9  # frames that are looked at before the work begins
_TOWARDS: Final = 50  # frames that are decoded to come nearer to a moment than its key frame is
_FLAT: Final = 3.0  # codes; a frame that varies less shows no color
_DIM: Final = 64.0  # codes; a frame whose lights are darker, as in a fade from black, does not
_LIGHTS: Final = 200.0  # codes to which dim lights are lifted before color is looked for


def pyav() -> Any:
    """Load PyAV, the ``film`` extra.

    Raises:
        InputError: when it is not installed; the text says which line installs it.
    """
    need("film", "av", what="film")
    return importlib.import_module("av")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """What the first frames say of all of them.

    Attributes:
        height: rows, as stored.
        width: columns, as stored.
        layout: of the planes.
        turns: quarter turns, counterclockwise, by which players show it.
        matrix: nine numbers by which players turn or mirror it; None when they do not.
        time_base: seconds that one step of a frame's time takes.
        rate: frames per second, about; None when the file does not tell.
        frames: how many, about; 0 when the file does not tell.
        varied_s: seconds at which the most varied of the sampled frames is shown.
        color: of the sampled frames that show anything, which are in color.
    """

    height: int
    width: int
    layout: Layout
    turns: int
    matrix: tuple[int, ...] | None
    time_base: Fraction
    rate: Fraction | None
    frames: int
    varied_s: float
    color: tuple[bool, ...]

    @property
    def is_in_color(self) -> bool:
        """Whether every part that was looked at is in color already."""
        return bool(self.color) and all(self.color)


class Clip:
    """A film file, opened; may be read once from its beginning to its end.

    Args:
        path: of the file.
        deinterlace: make whole frames of interlaced ones.
        excerpt: seconds where an excerpt begins, at a key frame before them, and how many it has;
            its times begin at zero. None for the whole film.

    Attributes:
        container: of PyAV.
        video: the stream that is colored.
        notes: what a person should know about how it could be read.

    Raises:
        InputError: when it is no film, or one that cannot be colored.
    """

    def __init__(
        self,
        path: Path,
        *,
        deinterlace: bool = False,
        excerpt: tuple[float, float] | None = None,
    ) -> None:
        self.path = path
        self.excerpt = excerpt
        self._deinterlace = deinterlace
        self.notes: list[str] = []
        self._damaged_at: list[float] = []
        _refuse_still(path)
        av = pyav()
        try:
            self.container = av.open(str(path), metadata_errors="replace")
        except av.error.FFmpegError as error:
            raise InputError(f"{path} is no film that FFmpeg can read: {error.strerror}") from error
        try:
            self.video = self._choose_stream(av)
        except InputError:
            self.close()
            raise

    def _choose_stream(self, av: Any) -> Any:
        pictures = av.stream.Disposition.attached_pic
        films = [each for each in self.container.streams.video if not each.disposition & pictures]
        if not films:
            raise InputError(f"{self.path} has no moving picture, only sound or text")
        video = films[0]
        if video.codec_context is None:
            raise InputError(f"{self.path}: FFmpeg has no decoder for its pictures")
        video.thread_type = "AUTO"
        return video

    def __enter__(self) -> "Clip":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.container.close()

    def frames(self, others: Callable[[Packet], None] | None = None) -> Iterator[Frame]:
        """Decode, frame by frame, in the order in which they are shown; their times only grow.

        Args:
            others: called with the packets of all other streams, in the order of the file.

        Yields:
            Frames whose ``pts`` is set. What cannot be decoded is left out, and told in `notes`.
        """
        if self.excerpt is None:
            yield from self._all_frames(others)
            return
        start_s, length_s = self.excerpt
        if start_s > 0:
            self.container.seek(int(start_s * 1_000_000))
        early: list[Packet] = []
        begin: Fraction | None = None

        def shifted(packet: Packet) -> None:
            if begin is None:
                early.append(packet)
                return
            told = packet.pts if packet.dts is None else packet.dts
            if others is not None and 0 <= told * packet.time_base - begin < length_s:
                steps = round(begin / packet.time_base)
                packet.pts, packet.dts = (packet.pts or told) - steps, told - steps
                others(packet)

        for frame in self._all_frames(None if others is None else shifted):
            if begin is None:
                begin = frame.pts * self.video.time_base
                for packet in early:
                    shifted(packet)
            frame.pts -= round(begin / self.video.time_base)
            if frame.pts * self.video.time_base >= length_s:
                return
            yield frame

    def _all_frames(self, others: Callable[[Packet], None] | None) -> Iterator[Frame]:
        av = pyav()
        streams = [self.video] if others is None else list(self.container.streams)
        last: int | None = None
        step = self._step
        whole = _Deinterlacer() if self._deinterlace else _as_they_are
        count = 0
        for packet in self._packets(streams):
            if is_stopped():
                raise InputError(f"{self.path}: stopped")
            if packet.stream.index != self.video.index:
                if others is not None and packet.size:
                    others(packet)
                continue
            try:
                decoded = packet.decode()
                damaged = sum(frame.is_corrupt for frame in decoded)  # in part made up
            except av.error.FFmpegError:
                decoded, damaged = [], 1
            self._damaged_at += damaged * [float(last or 0) * float(self.video.time_base)]
            for frame in whole(decoded, is_last=packet.size == 0):
                frame.pts = self._time_of(frame, last)
                step = step if last is None else max(self._step, frame.pts - last)
                last = frame.pts
                count += 1
                yield frame
        self._note_early_end(0 if last is None else last + step, step)
        if self._damaged_at:
            self.notes.append(
                f"damaged: {len(self._damaged_at)} pictures could not be decoded, or in part, "
                f"the first after {self._damaged_at[0]:.2f} s"
            )

    def _note_early_end(self, end: int, step: int) -> None:
        """Say it when the frames that are there end some frames earlier than the file says."""
        video = self.video
        promised = video.duration or _steps(video.metadata.get("DURATION", ""), video.time_base)
        if (
            self.excerpt is None
            and promised is not None
            and end + 3 * step < promised + min(video.start_time or 0, 0)
        ):
            self.notes.append(
                f"damaged: the film has {float(promised * video.time_base):.2f} s, and its "
                f"pictures end after {float(end * video.time_base):.2f} s"
            )

    def _packets(self, streams: list[Any]) -> Iterator[Packet]:
        """Demux up to where the file is whole."""
        av = pyav()
        try:
            yield from self.container.demux(streams)
        except av.error.FFmpegError:
            for stream in streams:
                if stream.index == self.video.index:
                    with contextlib.suppress(av.error.FFmpegError):
                        yield from _flushed(stream)

    @property
    def _step(self) -> int:
        """Steps of the time base from one frame to the next, about."""
        steps: Fraction = 1 / Fraction(self.video.average_rate or 25) / self.video.time_base
        return max(1, round(steps))

    def _time_of(self, frame: Frame, last: int | None) -> int:
        """Give the time of a frame, in steps of the stream's time base."""
        if frame.pts is not None and frame.time_base != self.video.time_base:
            time: Fraction = frame.pts * frame.time_base / self.video.time_base
            return round(time)
        if frame.pts is None or (last is not None and frame.pts <= last):
            return 0 if last is None else last + self._step
        return int(frame.pts)

    def look(self) -> ClipFacts:
        """Look at a few frames spread over the film; the clip cannot be read after that.

        Raises:
            InputError: when there are no frames, or they are HDR, interlaced or of a kind that
                cannot be colored.
        """
        first, *more = self._sampled()
        video = self.video
        self._refuse(first, [first, *more])
        tones = [tone for tone in map(_tone, (first, *more)) if tone is not None]
        has_colors = "color" in tones
        return ClipFacts(
            height=first.height,
            width=first.width,
            layout=layout_of(first, video.codec_context.name),
            turns=round(first.rotation / 90) % 4,
            matrix=_display_matrix(first),
            time_base=video.time_base,
            rate=video.average_rate,
            frames=video.frames or self._expected(),
            varied_s=self._most_varied([first, *more]),
            color=tuple(tone == "color" or (has_colors and tone == "toned") for tone in tones),
        )

    def _most_varied(self, frames: list[Frame]) -> float:
        best = max(frames, key=lambda frame: float(_thumbnail(frame).std()))
        return 0.0 if best.pts is None else float(best.pts * best.time_base)

    def _expected(self) -> int:
        """Reckon the number of frames from the duration."""
        if self.container.duration is None or self.video.average_rate is None:
            return 0
        rate: Fraction = self.video.average_rate
        return round(Fraction(self.container.duration, 1_000_000) * rate)

    def _sampled(self) -> list[Frame]:
        av = pyav()
        found = []
        frames = self.frames()
        try:
            found.append(next(frames))
        except StopIteration:
            raise InputError(f"{self.path} has no frames that FFmpeg can decode") from None
        length = self.container.duration or 0
        start = self.container.start_time or 0
        for number in range(1, _SAMPLES):
            moment = start + length * number // _SAMPLES
            try:
                self.container.seek(moment)
                near = islice(self.container.decode(self.video), _TOWARDS)
                frame = next(near)
                for later in near:  # many a key frame is the dark beginning of a scene
                    if later.pts is None or later.pts * later.time_base * 1_000_000 > moment:
                        break
                    frame = later
            except (av.error.FFmpegError, StopIteration):
                break
            found.append(frame)
        return found

    def _refuse(self, first: Frame, frames: list[Frame]) -> None:
        for frame in frames:
            if frame.color_trc in _HDR:
                raise InputError(
                    f"{self.path} is HDR ({_HDR[frame.color_trc]}), whose lightness is another "
                    "one; convert it to SDR first"
                )
            if frame.color_primaries == _BT2020:
                raise InputError(
                    f"{self.path} has the wide colors of BT.2020; convert it to BT.709 first"
                )
            if frame.interlaced_frame and not self._deinterlace:
                raise InputError(
                    f"{self.path} is interlaced: two moments share a frame; add --deinterlace"
                )
        depth = max(component.bits for component in first.format.components)
        if depth > 10:
            raise InputError(f"{self.path} has {depth} bits per sample; 8 and 10 can be colored")


def _as_they_are(frames: list[Frame], *, is_last: bool) -> list[Frame]:
    del is_last
    return frames


class _Deinterlacer:
    """Makes one whole frame of each, one behind what it is given."""

    def __init__(self) -> None:
        self._graph: Any = None

    def __call__(self, frames: list[Frame], *, is_last: bool) -> list[Frame]:
        av = pyav()
        found: list[Frame] = []
        for frame in [*frames, *([None] if is_last else [])]:
            if self._graph is None:
                if frame is None:
                    break
                self._graph = self._opened(av, frame)
            self._graph.push(frame)
            with contextlib.suppress(av.error.BlockingIOError, av.error.EOFError):
                while True:
                    found.append(self._graph.vpull())
        return found

    @staticmethod
    def _opened(av: Any, frame: Frame) -> Any:
        graph = av.filter.Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
        weave = graph.add("bwdif", "mode=send_frame:deint=all")
        graph.link_nodes(source, weave, graph.add("buffersink")).configure()
        return graph


def _steps(told: str, time_base: Fraction) -> int | None:
    """Read a duration as Matroska tells it, such as 00:01:02.5, in steps of a time base."""
    try:
        hours, minutes, seconds = told.split(":")
        whole_s = 60 * (60 * int(hours) + int(minutes)) + Fraction(seconds)
    except ValueError:
        return None
    return int(whole_s / time_base)


def _flushed(stream: Any) -> Iterator[Packet]:
    """Give what makes a decoder hand out the frames that it holds back."""
    packet = pyav().Packet(0)
    packet.stream = stream
    yield packet


def _refuse_still(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    if not head:
        raise InputError(f"{path} is empty")
    if sniff_kind(head) is not None:
        raise InputError(f"{path} is a still picture; photochrom colorize takes it")


def _thumbnail(frame: Frame) -> NDArray[np.uint8]:
    scale = min(1.0, TONE_SIDE / max(frame.height, frame.width))
    small = frame.reformat(
        width=max(8, round(frame.width * scale)),
        height=max(8, round(frame.height * scale)),
        format="rgb24",
        interpolation="AREA",
    )
    codes: NDArray[np.uint8] = small.to_ndarray()
    return codes


def _display_matrix(frame: Frame) -> tuple[int, ...] | None:
    try:
        told = frame.side_data["DISPLAYMATRIX"]
    except KeyError:
        return None
    return tuple(np.frombuffer(told, "<i4").tolist())


def has_color(frame: Frame, *, among_colors: bool = False) -> bool | None:
    """Tell whether a frame has color of its own; None when it is too dark or too flat to show.

    Args:
        frame: of a film.
        among_colors: whether other moments of the film are in color: what has a tint is then a pale
            scene, no toned print, and only what has no color at all is gray.
    """
    tone = _tone(frame)
    return None if tone is None else tone == "color" or (among_colors and tone == "toned")


def _tone(frame: Frame) -> ToneKind | None:
    codes = _thumbnail(frame)
    lights = float(np.quantile(codes.max(axis=-1), 0.995))
    if lights < _DIM or float(codes.std(axis=(0, 1)).max()) <= _FLAT:
        return None
    lifted = np.minimum(codes * max(1.0, _LIGHTS / lights), 255).astype(np.uint8)
    return detect_tone(lifted).kind
