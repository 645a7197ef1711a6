"""Home: what is on, what is free, and the call to scan a badge; nobody's name is on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from lab_tui.errors import SystemCannot
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import home
from lab_tui.lab.desk_views import DeskState, FloorDay
from lab_tui.lab.event_views import EventView
from lab_tui.lab.gpu_views import ModelUse
from lab_tui.lab.home import HomeView
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.widgets import floor_plan
from lab_tui.tui.widgets.drawing import cell_width, fit
from lab_tui.tui.widgets.event_lines import EventGroup, EventLine, EventLines, EventLinesView
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.tui.widgets.strips import (
    DeskStrips,
    DeskStripsView,
    GpuStrips,
    GpuStripsView,
    UseStrip,
    ZoneStrip,
)
from lab_tui.wording import names, times

if TYPE_CHECKING:
    from lab_tui.lab.people import DemoBadge

# Cells for an hour of GPU use, and for all else on that line.
_CELLS_AN_HOUR = 4
_BESIDE_STRIPS = 40
_FEWEST_HOURS, _MOST_HOURS = 8, 24
# Lines for all but events, GPU models and desks: title, air, heads, the call, notice and keys.
_OTHER_LINES = 10
_MOST_NOW, _MOST_NEXT = 2, 4
_ROOMY_HEIGHT = 30
_INDENT = 8
_GLYPHS = {
    DeskState.MINE: floor_plan.DeskState.TAKEN,
    DeskState.TAKEN: floor_plan.DeskState.TAKEN,
    DeskState.POOL_FREE: floor_plan.DeskState.FREE,
    DeskState.LENT: floor_plan.DeskState.LENT,
    DeskState.OUT_OF_ORDER: floor_plan.DeskState.OUT_OF_ORDER,
}
# Why a demo badge is worth trying.
_WHYS = {
    "booking_now": N_("a GPU booking to check in to"),
    "offer": N_("a seat is held for them"),
    "mentor": N_("a mentor with office hours"),
    "lost_badge": N_("a badge reported lost"),
    "staff": N_("staff, with PIN {pin}"),
}


class HomeScreen(LabScreen[HomeView]):
    """The screen that waits for a badge."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "app.help", N_("Help"), id="help"),
        Binding("f2", "try_badge", N_("Try a demo badge"), id="try_badge"),
        Binding("f3", "aim", N_("Camera"), id="aim"),
    ]

    def compose_body(self) -> ComposeResult:
        with Container(id="board"):
            yield EventLines(indent=_INDENT, id="events")
            yield Static(id="fresh", markup=False)
            yield GpuStrips(id="gpus")
            yield DeskStrips(id="desks")
        with Container(id="call"):
            yield Static(id="scan", markup=False)

    def load(self, lab: Lab) -> HomeView:
        room = self.size.width - _BESIDE_STRIPS
        return home.home(lab, max(_FEWEST_HOURS, min(_MOST_HOURS, room // _CELLS_AN_HOUR)))

    def title_text(self) -> str:
        return self.lab.config.lab.name

    def right_text(self) -> str:
        now = self.lab.now()
        return _("{day}   {time}").format(
            day=times.day_long(self.lab.today()), time=times.clock_time(self.lab.time, now)
        )

    def help_text(self) -> str:
        return _(
            "Scan your badge, or an event ticket, from any screen. Your day opens, with what you can do now "
            "first.\n\nHere you see what is on, which GPUs are free in the next hours (· free, █ all taken) "
            "and which desks (□ free, ◇ lent today, ■ taken)."
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to go back to; demo badges exist in a demo only, and aiming needs a camera."""
        if action in ("back", "undo"):
            return False
        if action == "try_badge":
            return self.lab.keys.demo
        if action == "aim":
            return self.kiosk.devices is not None and self.kiosk.devices.camera is not None
        return super().check_action(action, parameters)

    # What it shows

    def paint(self) -> None:
        self.query_one(KeyBar).right = _("Kiosk: {name}").format(name=printable(self.lab.config.kiosk.name))
        call = "▌ " + _("Scan your badge to begin") + " ▐"
        self.query_one("#scan", Static).update(Content(call))
        self.set_class(self.size.height >= _ROOMY_HEIGHT, "-roomy")
        home = self.value
        self.query_one("#board").set_class(home is None, "-waiting")
        if home is not None:
            self._paint_board(home)

    def on_resize(self) -> None:
        if self.value is not None and self.is_active:
            self.paint()
            self.refresh_value()

    def _paint_board(self, home: HomeView) -> None:
        is_new = not home.gpu_models and not home.floor.desks and not home.now_on and not home.next_on
        board, fresh = self.query_one("#board"), self.query_one("#fresh", Static)
        board.set_class(is_new, "-new")
        board.set_class(not home.gpu_models, "-no-gpus")
        board.set_class(not home.floor.desks, "-no-desks")
        fresh.update(Content(self._fresh_text() if is_new else ""))
        indent = self._indent(home)
        desks = self.query_one(DeskStrips)
        desks.view = _desk_strips(home.floor, indent)
        height = desks.get_content_height(self.size, self.size, board.content_size.width)
        room = self.size.height - _OTHER_LINES - height - max(1, 2 * min(_MOST_NOW, len(home.now_on)))
        self.query_one(EventLines).view = self._event_lines(home, room - len(home.gpu_models))
        self.query_one(GpuStrips).view = self._gpu_strips(home, indent, max(1, room - 1))

    def _fresh_text(self) -> str:
        return _(
            "This lab is new: it has no desks, no GPUs and no events yet.\n"
            "Staff scan their badge, press s and give their PIN to add them."
        )

    def _indent(self, home: HomeView) -> int:
        """The column where GPUs and desks begin: the longest of the words at the left."""
        heads = (_("GPUS"), _("DESKS"), *(use.model for use in home.gpu_models))
        return max(_INDENT, *(min(cell_width(head), 14) + 2 for head in heads))

    def _event_lines(self, home: HomeView, room: int) -> EventLinesView:
        now_on = tuple(self._line_now(event, home) for event in home.now_on[:_MOST_NOW])
        coming = tuple(
            self._line_next(event, home) for event in home.next_on[: max(1, min(room, _MOST_NEXT))]
        )
        empty = _("Nothing is on") if coming else _("No events in the next days")
        groups = [EventGroup(_("NOW"), now_on, empty)]
        if coming:
            groups.append(EventGroup(_("NEXT"), coming))
        if home.closure is not None:
            until = times.moment(self.lab.time, home.closure.ends_at, home.at)
            closed = _("{reason}, until {time}").format(reason=printable(home.closure.reason), time=until)
            groups.insert(0, EventGroup(_("CLOSED"), (), closed))
        return EventLinesView(tuple(groups))

    def _line_now(self, event: EventView, home: HomeView) -> EventLine:
        sitting = next(one for one in event.sessions if one.starts_at <= home.at < one.ends_at)
        inside = _("{inside} of {seats} inside").format(
            inside=sitting.checked_in_count, seats=event.seats_taken
        )
        return EventLine(
            kind=names.event_kind(event.kind),
            title=event.title,
            where=sitting.place,
            note=_("until {time}").format(time=times.clock_time(self.lab.time, sitting.ends_at)),
            share=sitting.checked_in_count / event.seats_taken if event.seats_taken else 0.0,
            share_text=inside,
        )

    def _line_next(self, event: EventView, home: HomeView) -> EventLine:
        sitting = next((one for one in event.sessions if one.starts_at > home.at), event.sessions[-1])
        day = self.lab.time.day_of(sitting.starts_at)
        when = times.clock_time(self.lab.time, sitting.starts_at)
        if day != self.lab.time.day_of(home.at):
            when = f"{times.weekday(day)} {when}"
        return EventLine(names.event_kind(event.kind), event.title, when, _places(event))

    def _gpu_strips(self, home: HomeView, indent: int, room: int) -> GpuStripsView:
        slot = timedelta(minutes=home.strip_slot_minutes)
        count = max((len(use.taken) for use in home.gpu_models), default=0)
        labels = (times.clock_time(self.lab.time, home.strip_starts_at + at * slot) for at in range(count))
        free = _("{free} of {total} free").format(free=home.gpus_free, total=home.gpus_total)
        return GpuStripsView(
            title=fit(_("GPUS"), indent - 2),
            labels=tuple(labels),
            strips=tuple(
                UseStrip(use.model, tuple(_share(*counts, use.gpu_count) for counts in _slots(use)))
                for use in home.gpu_models[:room]
            ),
            summary=free,
        )

    def action_aim(self) -> None:
        """Show what the camera sees, for whoever cannot find where to hold their code."""
        if self.kiosk.devices is not None:
            from lab_tui.tui.modals.camera_preview import CameraPreviewModal

            seconds = self.lab.config.kiosk.idle_seconds
            self.app.push_screen(CameraPreviewModal(self.kiosk.devices, seconds))

    # Trying a demo badge

    def action_try_badge(self) -> None:
        """Offer a few people whose badge can be tried without a scanner."""
        self.run_worker(self._offer_badges(), group="badges")

    async def _offer_badges(self) -> None:
        from lab_tui.lab import people

        try:
            badges = await self.kiosk.operations.run(people.demo_badges)
        except SystemCannot as fault:
            self.kiosk.lab_is_away(fault)
            return
        if badges and self.is_active:
            self._ask_which(badges)

    def _ask_which(self, badges: tuple[DemoBadge, ...]) -> None:
        from lab_tui.tui.modals.pick import PickModal

        def chosen(index: int | None) -> None:
            if index is not None:
                self.kiosk.scans.put(badges[index].code)

        width = max(cell_width(badge.person.name) for badge in badges)
        width = min(width, 24)
        lines = [lambda badge=badge: f"{fit(badge.person.name, width)}  {_why(badge)}" for badge in badges]
        about = lambda: _("These people are invented; their badge is scanned as a scanner would.")  # noqa: E731
        self.app.push_screen(PickModal(lambda: _("Try a demo badge"), lines, about), chosen)


def _why(badge: DemoBadge) -> str:
    from lab_tui.demo.programme import DEMO_PIN

    return _(_WHYS[badge.why]).format(pin=DEMO_PIN) if badge.why in _WHYS else badge.why


def _places(event: EventView) -> str:
    if event.seats_left:
        text = ngettext("{count} place left", "{count} places left", event.seats_left)
        return text.format(count=event.seats_left)
    if event.waiting_count:
        return _("{count} waiting").format(count=event.waiting_count)
    return _("full")


def _slots(use: ModelUse) -> list[tuple[int, int]]:
    return list(zip(use.taken, use.out_of_service, strict=True))


def _share(taken: int, out_of_service: int, gpu_count: int) -> float:
    """The share of a model's GPUs that nobody can have in a slot."""
    return (taken + out_of_service) / gpu_count if gpu_count else 0.0


def _desk_strips(floor: FloorDay, indent: int) -> DeskStripsView:
    by_zone = {zone.id: ZoneStrip(printable(zone.name), ()) for zone in floor.zones}
    for desk in floor.desks:
        zone = by_zone[desk.zone_id]
        by_zone[desk.zone_id] = ZoneStrip(zone.name, (*zone.desks, _GLYPHS[desk.state]))
    count = floor.free_count
    free = ngettext("{count} pool desk free", "{count} pool desks free", count).format(count=count)
    zones = tuple(zone for zone in by_zone.values() if zone.desks)
    return DeskStripsView(title=fit(_("DESKS"), indent - 2), zones=zones, summary=free)
