"""The sheet before a booking: what, when, what it does to the quota, and what for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import WorkType

from lab_tui.config import GpusSection
from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.i18n import N_, _
from lab_tui.lab.gpus import BookingWish, Preview, QuotaUse
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.tui.widgets.strips import Bar, BarView
from lab_tui.wording import faults, figures, refusals, times, waits

_PURPOSE_LENGTH = 80
_SIGNS = ("+", "-")

Ask = Callable[[BookingWish], Awaitable[Preview]]
"""What a wish would mean. Raises Refused, BadInput, SystemCannot."""


class PurposeInput(Input):
    """One line to type in; up and down are left to the sheet, and so are + and - where no word begins yet."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """There is nothing to scroll."""
        return action not in ("scroll_up", "scroll_down")

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """No purpose begins with a sign, but "fine-tuning" holds one."""
        if character in _SIGNS and not self.value:
            return False
        return super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        # Textual calls every class's handler in turn, this one first.
        if event.character in _SIGNS and not self.value:
            event.prevent_default()


class BookingSheet(LabModal[BookingWish], inherit_bindings=False):
    """Shows a booking that passes every rule; answers with the wish to be booked, or None."""

    DEFAULT_CSS = """
    BookingSheet {
        #when { margin-bottom: 1; }
        PurposeInput { margin-top: 1; }
        #problem { margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "book", N_("Book"), id="book"),
        Binding("down", "lengthen(1)", N_("Longer"), id="longer", key_display="↓"),
        Binding("up", "lengthen(-1)", N_("Shorter"), id="shorter", key_display="↑"),
        Binding("shift+down,plus", "add_gpus(1)", N_("GPU"), id="more_gpus", key_display="+"),
        Binding("shift+up,minus", "add_gpus(-1)", N_("GPU"), id="fewer_gpus", key_display="-"),
        Binding("escape", "close", N_("Back"), id="back"),
    ]

    def __init__(
        self, preview: Preview, lab: Lab, policy: GpusSection, ask: Ask, offered: float = 0.0
    ) -> None:
        """`policy` is the machine's; `ask` is asked again for a longer or shorter time.

        Of the quota `offered` hours are held for whoever of the start-up waits.
        """
        super().__init__()
        self._preview = preview
        self._offered = offered
        self._slot = timedelta(minutes=policy.slot_minutes)
        self._lab = lab
        self._ask = ask
        # What the keys pressed so far ask for; ahead of the preview until the answer is there.
        self._wish = preview.wish
        self._problem: Exception | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            title = _("Book {workstation}").format(workstation=self._preview.workstation.name)
            sheet.border_title = Content(printable(title))
            yield Static("", id="what", markup=False)
            yield Static("", id="when", markup=False)
            yield Bar(id="quota")
            yield Bar(id="own_quota")
            yield Static("", id="held", classes="muted", markup=False)
            yield PurposeInput(
                self._wish.purpose,
                placeholder=_("What for? (may stay empty)"),
                max_length=_PURPOSE_LENGTH,
                compact=True,
            )
            yield Static("", id="problem", classes="bad", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self._paint()

    async def _compose_again(self) -> None:
        await super()._compose_again()
        self._paint()

    def focus_first(self) -> None:
        """The purpose: all other keys are the sheet's own."""
        self.query_one(Input).focus()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter books, wherever the focus is."""
        return with_enter(super().active_bindings, N_("Book"))

    # What it shows

    def _paint(self) -> None:
        self.query_one("#what", Static).update(Content(printable(self._what())))
        self.query_one("#when", Static).update(self._when())
        for name, view in (
            ("quota", team_quota(self._preview, self._lab)),
            ("own_quota", own_quota(self._preview)),
        ):
            bar = self.query_one(f"#{name}", Bar)
            bar.display = view is not None
            bar.view = view or BarView()
        held = self.query_one("#held", Static)
        held.display = bool(self._offered)
        held.update(Content(waits.held(self._offered)))
        problem = self.query_one("#problem", Static)
        problem.display = self._problem is not None
        problem.update(Content(self._problem_text()))

    def _what(self) -> str:
        machine = self._preview.workstation
        return _("{gpus} of {count} · {model} {memory} GB").format(
            gpus=figures.gpus(self._preview.wish.gpu_numbers),
            count=len(machine.gpu_numbers),
            model=machine.gpu_model,
            memory=machine.gpu_memory_gb,
        )

    def _when(self) -> Content:
        wish = self._preview.wish
        minutes = int((wish.ends_at - wish.starts_at).total_seconds() // 60)
        span = times.span(self._lab.time, wish.starts_at, wish.ends_at, self._lab.clock.now())
        return Content.assemble((span, "bold"), "   ", times.duration(minutes))

    def _problem_text(self) -> str:
        match self._problem:
            case Refused() as refused:
                now = self._lab.clock.now()
                sentences = (refusals.sentence(one, self._lab.time, now) for one in refused.reasons)
                return "\n".join(f"✕ {sentence}" for sentence in sentences)
            case BadInput() as bad:
                return "✕ " + faults.bad_input(bad)
            case SystemCannot() as fault:
                return "✕ " + faults.system_fault(fault)
        return ""

    # What the keys do

    @on(Input.Changed)
    def _purpose_changed(self, event: Input.Changed) -> None:
        self._wish = replace(self._wish, purpose=event.value)

    def action_close(self) -> None:
        """Nothing booked."""
        self.dismiss(None)

    def action_book(self) -> None:
        """Yes."""
        self.dismiss(self._wish)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_book()

    def action_lengthen(self, slots: int) -> None:
        """Look at the same, some slots longer or shorter."""
        ends_at = self._wish.ends_at + slots * self._slot
        if ends_at > self._wish.starts_at:
            # What the lab has picked, it may pick again.
            numbers = () if self._wish.gpu_count else self._wish.gpu_numbers
            self._look_at(replace(self._wish, ends_at=ends_at, gpu_numbers=numbers))

    def action_add_gpus(self, more: int) -> None:
        """Look at the same with more or fewer GPUs, up to the whole machine; the lab picks which."""
        count = (self._wish.gpu_count or len(self._wish.gpu_numbers)) + more
        if 0 < count <= len(self._preview.workstation.gpu_numbers):
            self._look_at(replace(self._wish, gpu_numbers=(), gpu_count=count))

    def _look_at(self, wish: BookingWish) -> None:
        self._wish = wish
        work: WorkType[None] = partial(self._look, wish)
        self.run_worker(work, exclusive=True)

    async def _look(self, wish: BookingWish) -> None:
        """Show what the wish means; where it cannot be, why, and go on with what can."""
        try:
            self._preview, self._problem = await self._ask(wish), None
        except (Refused, BadInput, SystemCannot) as error:
            self._problem = error
        # What was shown is what is booked, with the purpose typed meanwhile.
        self._wish = replace(self._preview.wish, purpose=self._wish.purpose)
        self._paint()


def team_quota(preview: Preview, lab: Lab) -> BarView | None:
    """A start-up's quota before and after, in the week of the start."""
    before, after = preview.before, preview.after
    if before is None or after is None:
        return None
    if not preview.costs_quota:
        return quota_bar(before, after, _("{after} of {limit} GPU-hours: this costs no quota"))
    starts_at, ends_at = lab.time.week_span(lab.time.day_of(lab.clock.now()))
    if starts_at <= preview.wish.starts_at < ends_at:
        return quota_bar(before, after, _("{before} ▸ {after} of {limit} GPU-hours this week"))
    return quota_bar(before, after, _("{before} ▸ {after} of {limit} GPU-hours that week"))


def own_quota(preview: Preview) -> BarView | None:
    """What one person may have, where that ends sooner than what their start-up may."""
    before, after, team = preview.own_before, preview.own_after, preview.after
    if before is None or after is None or team is None or not preview.costs_quota:
        return None
    if after.limit - after.used >= team.limit - team.used:
        return None
    return quota_bar(before, after, _("{before} ▸ {after} of {limit} you may have yourself"))


def quota_bar(before: QuotaUse, after: QuotaUse, text: str) -> BarView:
    """A quota before and after; `text` has places for `before`, `after` and `limit`."""
    words = text.format(
        before=figures.number(before.used), after=figures.number(after.used), limit=after.limit
    )
    return BarView(used=before.used, total=after.limit, text=words, after=after.used)
