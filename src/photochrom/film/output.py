"""A film as it is written: colored pictures beside all that the file held before."""

import errno
import io
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from photochrom.errors import InputError
from photochrom.film.clip import Clip, ClipFacts, Frame, Packet, pyav
from photochrom.film.planes import Layout, Samples, plane_of
from photochrom.film.settings import Codec, FilmOptions
from photochrom.film.stored import PartStore

CONTAINERS: Final = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
_ENCODERS: Final[dict[Codec, str]] = {
    "h264": "libx264",
    "h265": "libx265",
    "ffv1": "ffv1",
    "prores": "prores_ks",
}
ONLY_IN: Final[dict[Codec, str]] = {"ffv1": ".mkv", "prores": ".mov"}
_DEPTH: Final = {"h264": 2, "h265": 2}  # frames that an encoder reorders
_DEEPEST: Final = 16  # frames that any encoder may reorder
_CRF: Final = {"h264": 17, "h265": 19}
# of the file that was read, not of the film
_OLD_TAGS: Final = ("encoder", "duration", "major_brand", "minor_version", "compatible_brands")
_OLD_STARTS: Final = ("bps", "number_of_", "_statistics")
_PLAIN_TAGS: Final = (  # that an MP4 holds without a list of its own
    "title artist album_artist album date creation_time comment genre copyright grouping composer "
    "description synopsis show episode_id network lyrics track disc compilation timecode"
)


def choose_codec(target: Path, clip: Clip, facts: ClipFacts, asked: Codec | None) -> Codec:
    """Choose how the pictures of a result are coded.

    Raises:
        InputError: when the container of that name, or the codec, cannot hold it.
    """
    suffix, bits = target.suffix.lower(), facts.layout.bits
    was_lossless = clip.video.codec_context.name == "ffv1" and suffix == ".mkv"
    codec = asked or ("ffv1" if was_lossless else "h264" if bits == 8 else "h265")
    only = ONLY_IN.get(codec, suffix)
    if only != suffix:
        raise InputError(
            f"{target}: {codec} goes into {only[1:].upper()}; name the result {target.stem}{only}"
        )
    if codec == "h264" and bits > 8:
        raise InputError(f"{clip.path} has 10 bits per sample; h265, ffv1 and prores keep them")
    if codec == "prores" and facts.layout.is_full:
        raise InputError(f"{clip.path} uses all codes from black to white, which prores cannot")
    return codec


def stored_layout(facts: ClipFacts, codec: Codec) -> Layout:
    """Tell how the colored frames are stored.

    For players, colors of half size both ways; what is odd in size keeps one for every pixel, since
    only even sizes can be halved. For archives as the film was, gray with one for every pixel.
    """
    layout = facts.layout
    if codec == "prores":
        return replace(layout.sampled(1, 2), bits=10)
    wanted = layout if codec == "ffv1" else layout.sampled(2, 2)
    is_odd = facts.width % wanted.columns or facts.height % wanted.rows
    if is_odd or (layout.is_gray and codec == "ffv1"):
        return layout.sampled(1, 1)
    return wanted


def pixel_format(layout: Layout) -> str:
    """Name the format of PyAV's that stores such planes.

    >>> pixel_format(Layout(bits=10, rows=2, columns=2, matrix=1, is_full=False, is_gray=False,
    ...                     converted=""))
    'yuv420p10le'
    """
    halves = {(1, 1): "444", (1, 2): "422", (2, 2): "420"}[layout.rows, layout.columns]
    return f"yuv{halves}p" + ("10le" if layout.bits == 10 else "")


class FilmWriter:
    """Writes one film.

    Args:
        place: a temporary file.
        target: what it will be called; its suffix tells the container.
        clip: where everything comes from; it must not have been read.
        facts: of the clip.
        options: codec and quality.
        statement: how the colors were made, in one line; written into the comment.
        store: keeps finished parts, and has those of an earlier run.

    Attributes:
        layout: of the planes that `add` takes.
        notes: what could not be kept.

    Raises:
        InputError: when the container cannot hold what the film holds.
    """

    def __init__(  # noqa: PLR0913 - all that a file is made of
        self,
        place: Path,
        target: Path,
        clip: Clip,
        facts: ClipFacts,
        *,
        options: FilmOptions,
        statement: str,
        store: PartStore,
    ) -> None:
        self.notes: list[str] = []
        self._target = target
        self._facts = facts
        self._source = clip.video
        self._quality = options.quality
        self._codec = codec = choose_codec(target, clip, facts, options.codec)
        self.layout = stored_layout(facts, codec)
        if pixel_format(self.layout).startswith("yuv444") and codec in _CRF:
            self.notes.append("of odd size: not every player shows its colors of full size")
        sounds = [each.codec_context for each in clip.container.streams.audio]
        is_plain = any(each is not None and each.name.startswith("pcm_") for each in sounds)
        if is_plain and CONTAINERS[target.suffix.lower()] == "mp4":
            self.notes.append("its sound is not compressed: not every player has it from MP4")
        self._store = store
        self._encoder: Any = None  # of the part that is being written
        self._part_frames = self._frames = 0
        self._times: deque[int] = deque()  # of frames whose packets have none to be decoded at
        self._decoded: dict[int, int] = {}  # time of the last packet of each stream
        self._video: Any = None
        self._streams: dict[int, Any] = {}
        self._output = self._opened(place, clip, statement)
        try:
            self._output.start_encoding()
        except pyav().error.InvalidDataError:
            self._output = self._opened(place, clip, statement, without="data")
            self.notes.append("data streams were left out, which such a file cannot hold")
            with self._translated():
                self._output.start_encoding()

    def _opened(
        self,
        place: Path,
        clip: Clip,
        statement: str,
        without: str = "",
    ) -> Any:
        """Open a file with tags, chapters and all streams, but none of one type."""
        source = clip.container
        tags = _kept_tags(source.metadata)
        tags["comment"] = "; ".join(filter(None, [tags.get("comment", ""), statement]))
        kind = CONTAINERS[self._target.suffix.lower()]
        is_plain = tags.keys() <= set(_PLAIN_TAGS.split())
        flags = {"movflags": "+faststart" + ("" if is_plain else "+use_metadata_tags")}
        output = pyav().open(
            str(place), "w", format=kind, options={} if kind == "matroska" else flags
        )
        output.metadata.update(tags)
        if clip.excerpt is None:
            output.set_chapters(source.chapters())
        for stream in source.streams:
            if stream.index == clip.video.index:
                self._video = self._add_video(output, stream)
            elif stream.type != without and not _is_of_chapters(stream):
                self._add_copy(output, stream)
        return output

    def _add_video(self, output: Any, source: Any) -> Any:
        facts = self._facts
        stream = output.add_stream(_ENCODERS[self._codec], rate=facts.rate or Fraction(25))
        self._configure(stream.codec_context)
        stream.metadata.update(_kept_tags(source.metadata))
        stream.disposition = source.disposition
        if facts.matrix:
            stream.set_display_matrix(facts.matrix)
        return stream

    def _configure(self, context: Any) -> None:
        """Tell an encoder all it must know; two that are told the same make one stream."""
        facts, codec = self._facts, self._codec
        settings = {"level": "3", "slicecrc": "1"} if codec == "ffv1" else {}
        if codec in _CRF:
            crf = _CRF[codec] if self._quality is None else self._quality
            settings = {"crf": str(crf), "preset": "medium"}
        if codec == "h265":
            settings["x265-params"] = "log-level=error"
            if CONTAINERS[self._target.suffix.lower()] != "matroska":
                context.codec_tag = "hvc1"  # players of Apple's know no other
        context.options = settings
        context.width, context.height = facts.width, facts.height
        context.pix_fmt = pixel_format(self.layout)
        context.time_base = facts.time_base
        if self._source.sample_aspect_ratio:
            context.sample_aspect_ratio = self._source.sample_aspect_ratio
        context.color_range = 2 if self.layout.is_full else 1
        context.colorspace = self.layout.matrix
        context.color_primaries = self._source.codec_context.color_primaries
        context.color_trc = self._source.codec_context.color_trc

    def _add_copy(self, output: Any, source: Any) -> None:
        what = source.type
        name = "data" if source.codec_context is None else source.codec_context.name
        try:
            copy = output.add_stream_from_template(source, opaque=True)
        except (ValueError, pyav().error.FFmpegError) as error:
            if what not in ("audio", "subtitle", "video"):
                self.notes.append(f"a {what} stream was left out, which this container cannot hold")
                return
            others = [end for end in (".mkv", ".mov", ".mp4") if _can_hold(end, source)]
            remedy = f"name the result {self._target.stem}{others[0]}" if others else "convert it"
            raise InputError(
                f"{self._target}: such a file cannot hold the {what} of the film, {name}; {remedy}"
            ) from error
        copy.metadata.update(_kept_tags(source.metadata))
        copy.disposition = source.disposition
        self._streams[source.index] = copy

    def copy(self, packet: Packet) -> None:
        """Write a packet of another stream as it is."""
        stream = self._streams.get(packet.stream.index)
        if stream is not None:
            index = packet.stream.index
            if packet.dts is None:  # of a second video in MKV, which tells when to show, no more
                packet.dts = self._decoded.get(index, packet.pts - _DEEPEST) + 1
            self._decoded[index] = packet.dts
            packet.stream = stream
            self._write(packet)

    def restore(self) -> None:
        """Write the parts that an earlier run has finished."""
        latest: list[int] = []
        for packet in self._store.packets(self._facts.time_base):
            latest = sorted([*latest, packet.pts])[-2:]
            self._write_picture(packet)
        self._times.extend(latest)
        self._frames = self._store.frames

    def add(
        self, source: Frame, planes: tuple[Samples, Samples, Samples], *, begins_part: bool
    ) -> None:
        """Write a frame at the time of another.

        Args:
            source: the frame that was read, whose time is kept.
            planes: luma, Cb and Cr, in `layout`.
            begins_part: whether a part begins with it, that is kept when it is done.
        """
        av = pyav()
        if begins_part or self._encoder is None:
            self._end_part()
            self._begin_part()
        frame = av.VideoFrame(self._facts.width, self._facts.height, pixel_format(self.layout))
        for index, samples in enumerate(planes):
            np.copyto(plane_of(frame, index, self.layout), samples)
        frame.pts, frame.time_base = source.pts, self._facts.time_base
        self._note_time(frame.pts)
        self._encode(frame)
        self._part_frames += 1

    def _begin_part(self) -> None:
        """Open an encoder of its own: what it has made can be put together with others."""
        av = pyav()
        self._store.begin(self._frames)
        self._encoder = av.CodecContext.create(_ENCODERS[self._codec], "w")
        self._encoder.framerate = self._facts.rate or Fraction(25)
        self._configure(self._encoder)
        self._encoder.flags |= av.codec.context.Flags.global_header

    def _end_part(self) -> None:
        if self._encoder is None:
            return
        self._encode(None)
        self._store.end(self._part_frames)
        self._frames += self._part_frames
        self._part_frames, self._encoder = 0, None

    def _encode(self, frame: Frame | None) -> None:
        """Encode, and say when to decode each packet.

        That is as many frames before its place as the encoder reorders, through all parts; what
        encoders say starts anew with each part, and x265 says nonsense of very short ones.
        """
        with self._translated():
            packets = self._encoder.encode(frame)
        for packet in packets:
            packet.time_base = self._facts.time_base
            packet.dts = self._times.popleft()
            self._store.keep(packet)
            self._write_picture(packet)

    def _note_time(self, pts: int) -> None:
        """Note the time of a frame that was encoded."""
        depth = _DEPTH.get(self._codec, 0)
        if not self._times and not self._frames and not self._part_frames:
            step = max(1, round(1 / (self._facts.rate or Fraction(25)) / self._facts.time_base))
            self._times.extend(pts - step * ahead for ahead in range(depth, 0, -1))
        elif not self._part_frames:
            while len(self._times) > depth:
                self._times.popleft()
        self._times.append(pts)

    def _write_picture(self, packet: Packet) -> None:
        packet.stream = self._video
        self._write(packet)

    def finish(self) -> None:
        """Write what the encoder holds back, and close the file."""
        self._end_part()
        with self._translated():
            self._output.close()

    def _write(self, packets: Any) -> None:
        with self._translated():
            self._mux(packets)

    def _mux(self, packets: Any) -> None:
        self._output.mux(packets)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (pyav().error.FFmpegError, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            if getattr(error, "errno", None) == errno.ENOSPC:
                reason = "the disk is full"
            raise InputError(f"{self._target} cannot be written: {reason}") from error


def _can_hold(suffix: str, stream: Any) -> bool:
    av = pyav()
    try:
        with av.open(io.BytesIO(), "w", format=CONTAINERS[suffix]) as scratch:
            scratch.add_stream_from_template(stream, opaque=True)
    except (ValueError, av.error.FFmpegError):
        return False
    return True


def _is_of_chapters(stream: Any) -> bool:
    """Tell the texts of chapters, which MP4 stores as a stream; they are written as chapters."""
    names = getattr(stream, "name", None)
    return stream.type == "data" and names == "bin_data" and bool(stream.container.chapters())


def _kept_tags(tags: dict[str, str]) -> dict[str, str]:
    """Leave out what the old file says about itself."""
    return {
        key: value
        for key, value in tags.items()
        if key.lower() not in _OLD_TAGS and not key.lower().startswith(_OLD_STARTS)
    }
