"""A camera as a scanner, or a clip that stands in for one. Pictures are looked at and forgotten."""

from __future__ import annotations

import math
import os
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from lab_tui.errors import SystemCannot
from lab_tui.scanning.devices import (
    GreyPicture,
    HowToRead,
    Reader,
    ScannerDevice,
    fault_of,
    library_missing,
)
from lab_tui.scanning.frames import Debounce

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

# A person holds a code still for longer; each look costs some milliseconds.
_LOOK_SECONDS = 0.1
_SHOW_SECONDS = 0.2
_WIDEST = 1280
# What is asked for; the driver takes the nearest that the camera has.
_CAMERA_OPTIONS = {"video_size": "1280x720"}
_CAMERA_PATIENCE_SECONDS = 5.0


def open_camera(device: ScannerDevice, how: HowToRead) -> Reader:
    """Open a camera, or a clip, which is shown over and over. Raises OSError, SystemCannot."""
    try:
        import av
        import zxingcpp  # noqa: F401 - better missed now than at the first picture
    except ImportError:
        raise library_missing(device, "camera") from None
    is_live = stat.S_ISCHR(os.stat(device.where).st_mode)
    with ExitStack() as opened:
        try:
            if is_live:
                patience = _CAMERA_PATIENCE_SECONDS
                container = av.open(device.where, "r", "v4l2", _CAMERA_OPTIONS, timeout=patience)
            else:
                # Given as a file, not by its name: a name may be an address.
                container = av.open(opened.enter_context(open(device.where, "rb")), "r")
        except av.FFmpegError as error:
            raise _fault(device, error) from None
        opened.enter_context(container)
        if not container.streams.video:
            raise SystemCannot("device_of_another_kind", device=str(device))
        return CameraReader(device, container, how, is_live, opened.pop_all())


def _fault(device: ScannerDevice, error: Exception) -> SystemCannot:
    if isinstance(error, OSError):
        return fault_of(device, error)
    return SystemCannot("device_of_another_kind", device=str(device))


class CameraReader:
    """Looks for codes in the pictures of an open camera."""

    def __init__(
        self,
        device: ScannerDevice,
        container: InputContainer,
        how: HowToRead,
        is_live: bool,
        opened: ExitStack,
    ) -> None:
        """`opened`: what is closed at the end."""
        self._device = device
        self._container = container
        self._how = how
        self._is_live = is_live
        self._opened = opened
        self._debounce = Debounce(how.debounce_seconds)
        self._looked_at = self._shown_at = -math.inf
        self._frames = self._play()
        self._next: tuple[float, VideoFrame] | None = None

    def read(self, wait_seconds: float) -> list[str | GreyPicture]:
        """The codes in the next picture, and the picture itself if somebody aims."""
        if self._next is None:
            self._next = next(self._frames, None)
        if self._next is None:
            raise SystemCannot("device_missing", device=str(self._device))
        at, frame = self._next
        early = at - time.monotonic()
        if early > 0:
            time.sleep(min(early, wait_seconds))
        if early > wait_seconds:
            return []
        self._next = None
        return [*self._codes(frame, at), *self._pictures(frame, at)]

    def close(self) -> None:
        """Give the camera back."""
        self._opened.close()

    def _play(self) -> Iterator[tuple[float, VideoFrame]]:
        """Pictures with their times (seconds, monotonic): when they came, or when a clip shows them."""
        from av import FFmpegError

        try:
            began = time.monotonic()
            while True:
                count = 0
                for frame in self._decoded():
                    count += 1
                    yield (time.monotonic() if self._is_live else began + (frame.time or 0.0)), frame
                if self._is_live or not count:
                    return
                self._container.seek(0)
                began = max(time.monotonic(), began + _SHOW_SECONDS)  # a clip may be a single picture
        except FFmpegError as error:
            raise _fault(self._device, error) from None

    def _decoded(self) -> Iterator[VideoFrame]:
        """The pictures; those nobody would look at are not even decoded where each stands for itself."""
        from av import InvalidDataError

        stream = self._container.streams.video[0]
        may_skip = self._is_live and stream.codec_context.codec.intra_only
        for packet in self._container.demux(stream):
            if may_skip and time.monotonic() - self._looked_at < _LOOK_SECONDS:
                continue
            try:
                yield from packet.decode()
            except InvalidDataError:  # cameras send a broken picture now and then
                continue

    def _codes(self, frame: VideoFrame, at: float) -> list[str]:
        if at - self._looked_at < _LOOK_SECONDS:
            return []
        self._looked_at = at
        picture = _grey(frame, (_WIDEST, _WIDEST))
        return [text for text in _read(picture) if not self._debounce.is_repeat(text, at)]

    def _pictures(self, frame: VideoFrame, at: float) -> list[GreyPicture]:
        room = self._how.viewfinder.size
        if room is None or at - self._shown_at < _SHOW_SECONDS:
            return []
        self._shown_at = at
        return [_grey(frame, room)]


def _grey(frame: VideoFrame, room: tuple[int, int]) -> GreyPicture:
    """A frame in grey, as large as there is room for and no larger than it is."""
    scale = min(room[0] / frame.width, room[1] / frame.height, 1.0)
    width, height = max(1, int(frame.width * scale)), max(1, int(frame.height * scale))
    plane = frame.reformat(width, height, format="gray", interpolation="AREA").planes[0]
    data = bytes(plane)
    if plane.line_size != width:
        starts = range(0, height * plane.line_size, plane.line_size)
        data = b"".join(data[start : start + width] for start in starts)
    return GreyPicture(width, height, data[: width * height])


def _read(picture: GreyPicture) -> list[str]:
    """The QR codes in a picture. No bars: in a busy room they are seen where there are none."""
    import zxingcpp

    view = zxingcpp.ImageView(
        picture.pixels, picture.width, picture.height, zxingcpp.ImageFormat.Lum, picture.width, 1
    )
    found = zxingcpp.read_barcodes(view, formats=zxingcpp.QRCodeModel2, text_mode=zxingcpp.TextMode.Plain)
    return [one.text for one in found if one.text]
