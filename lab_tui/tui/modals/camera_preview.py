"""Aiming a code at the camera: what it sees, while somebody looks. Nothing of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import N_, _
from lab_tui.scanning.devices import GreyPicture
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.camera_picture import CameraPicture
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording import faults

if TYPE_CHECKING:
    from lab_tui.tui.device_watch import DeviceWatch

_TICK_SECONDS = 0.5


class CameraPreviewModal(LabModal[None], inherit_bindings=False):
    """Shows the camera's picture until a code is read, somebody closes it or leaves. Answers nothing."""

    CSS_PATH = "camera_preview.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,f3", "close", N_("Back"), id="back"),
    ]

    def __init__(self, devices: DeviceWatch, open_seconds: float) -> None:
        """`open_seconds`: when it closes by itself; a screen by a door is no mirror."""
        super().__init__()
        self._devices = devices
        self._open_seconds = open_seconds

    def compose(self) -> ComposeResult:
        with Vertical(id="finder"):
            yield CameraPicture(id="seen")
            yield Static(id="advice", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(_TICK_SECONDS, self._say)
        self.set_timer(self._open_seconds, self.action_close)

    def on_screen_resume(self) -> None:
        self._aim()

    def on_screen_suspend(self) -> None:
        self._devices.aim(None, None)

    def on_resize(self) -> None:
        self.call_after_refresh(self._aim)

    def _aim(self) -> None:
        if self.is_current:
            self._devices.aim(self.query_one(CameraPicture).room, self._show)
            self._say()

    def _show(self, picture: GreyPicture) -> None:
        if self.is_current:
            self.query_one(CameraPicture).picture = picture

    def _say(self) -> None:
        camera = self._devices.camera
        fault = self._devices.faults.get(camera) if camera else None
        advice = _("Hold the code before the camera, as large as it fits; nothing is kept.")
        self.query_one("#advice", Static).update(Content(faults.system_fault(fault) if fault else advice))
        if fault:
            self.query_one(CameraPicture).picture = None

    def action_close(self) -> None:
        """Enough."""
        self.dismiss(None)

    def on_click(self) -> None:
        """A touch anywhere."""
        self.action_close()
