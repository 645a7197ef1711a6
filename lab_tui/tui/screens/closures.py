"""Closures, for staff: when the whole lab is closed, planning that, another end, calling it off."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from lab_tui.i18n import N_, _
from lab_tui.lab import closures
from lab_tui.lab.closures import ClosureView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.permissions import Permission
from lab_tui.text import printable
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.closure_sheet import ClosureSheet
from lab_tui.tui.modals.outage_sheet import Blocking, SpanDraft, UntilSheet
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.screens.base import LabScreen, new_request_key
from lab_tui.tui.screens.blocking import BlockingWork, done_text, hit_text
from lab_tui.tui.widgets.choice_list import ChoiceList
from lab_tui.tui.widgets.drawing import cell_width, fit
from lab_tui.wording import times
from lab_tui.wording.templates import sentences

_ACTS = ("change", "call_off", "plan")


class ClosuresScreen(LabScreen[tuple[ClosureView, ...]]):
    """When the lab is closed, now or later."""

    CSS_PATH = "closures.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "change", N_("Another end"), id="change"),
        Binding("n", "plan", N_("New"), id="plan"),
        Binding("x", "call_off", N_("Call off"), id="call_off"),
    ]

    def compose_body(self) -> ComposeResult:
        yield Static("", id="empty", markup=False)
        yield ChoiceList(markup=False)

    def load(self, lab: Lab) -> tuple[ClosureView, ...]:
        return closures.closures(lab, self.actor)

    def title_text(self) -> str:
        return _("Staff · closures")

    def help_text(self) -> str:
        return _(
            "When the whole lab is closed: a holiday, a typhoon signal, a rainstorm. n plans a closure; "
            "before it is stored you see the GPU bookings it hits and where each could go. Enter gives one "
            "another end, x calls it off or ends it now.\n\n"
            "By touch: choose a closure, then touch what to do in the line at the bottom."
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter gives the closure in the list another end."""
        bindings = with_enter(super().active_bindings, N_("Another end"))
        if "enter" in bindings:
            bindings["enter"] = bindings["enter"]._replace(enabled=bool(self.check_action("change", ())))
        return bindings

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    def paint(self) -> None:
        shown = self.value or ()
        closure_list, empty = self.query_one(ChoiceList), self.query_one("#empty", Static)
        empty.display = self.value == ()
        empty.update(Content(_("No closure is planned. Press n to plan one.")))
        closure_list.display = bool(shown)
        width = closure_list.scrollable_content_region.width or self.size.width - 6
        when_width = max((cell_width(self._when(one)) for one in shown), default=0)
        lines = [self._line(one, width, when_width) for one in shown]
        closure_list.show([str(one.id) for one in shown], lines)
        if shown and self.focused is None:
            # It could not be focused while it was hidden.
            closure_list.focus()
        self.refresh_bindings()

    def _line(self, closure: ClosureView, width: int, when_width: int) -> Content:
        runs = closure.starts_at <= self.lab.clock.now()
        hit = hit_text(closure.bookings_hit)
        reason_width = max(8, width - when_width - cell_width(hit) - 5)
        return Content.assemble(
            (
                f"{'╳' if runs else '·'} {fit(self._when(closure), when_width)} ",
                "$error" if runs else "$warning",
            ),
            (fit(closure.reason, reason_width), "bold"),
            (f"  {hit}", "$text-muted"),
        )

    def _closure_here(self) -> ClosureView | None:
        index = self.query_one(ChoiceList).highlighted if self._is_composed() else None
        if not self.value or index is None or index >= len(self.value):
            return None
        return self.value[index]

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the role does not allow, or needs a closure, is dim."""
        if action not in _ACTS:
            return super().check_action(action, parameters)
        if self.visit is None or not self.visit.may(Permission.MANAGE_CLOSURES):
            return None
        return True if action == "plan" or self._closure_here() is not None else None

    # What can be done

    def action_plan(self) -> None:
        """Close the lab for a time."""
        actor, key = self.actor, new_request_key()
        work = BlockingWork(self, None, lambda: _("The lab closed"), N_("Close the lab"))

        def plan(blocking: Blocking) -> None:
            assert blocking.ends_at is not None
            span = (blocking.starts_at, blocking.ends_at)
            self.act(
                lambda lab: closures.plan_closure(
                    *(lab, actor, *span, blocking.reason), moving=blocking.moving, request_key=key
                ),
                self._said,
                undoable=False,
            )

        tomorrow = (self.lab.today() + timedelta(days=1)).isoformat()
        draft = SpanDraft(tomorrow, "00:00", tomorrow, "24:00")
        sheet = ClosureSheet(self.lab, lambda: _("Close the lab"), draft, work.look)
        self.app.push_screen(sheet, lambda blocking: work.go_on(blocking, plan))

    @on(OptionList.OptionSelected)
    def action_change(self) -> None:
        """Another end for the closure in the list."""
        closure, actor = self._closure_here(), self.actor
        if closure is None or not self.check_action("change", ()):
            return
        work = BlockingWork(self, None, lambda: _("The lab closed"), N_("Another end"))

        def change(blocking: Blocking) -> None:
            ends_at = blocking.ends_at
            assert ends_at is not None
            self.act(
                lambda lab: closures.change_closure(lab, actor, closure.id, ends_at, moving=blocking.moving),
                self._said,
                undoable=False,
            )

        sheet = UntilSheet(
            self.lab,
            lambda: f"{printable(closure.reason)}, {self._when(closure)}",
            Blocking(closure.starts_at, closure.ends_at, closure.reason),
            work.look,
            is_open=False,
        )
        self.app.push_screen(sheet, lambda changed: work.go_on(changed, change))

    def action_call_off(self) -> None:
        """Call the closure in the list off, after asking; one that runs ends now."""
        closure, actor = self._closure_here(), self.actor
        if closure is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.act(
                    lambda lab: closures.cancel_closure(lab, actor, closure.id),
                    lambda view: _("The lab is not closed: {reason}.").format(reason=view.reason),
                    undoable=False,
                )

        question = QuestionModal(
            lambda: _("Call this closure off?"),
            lambda: f"{closure.reason}, {self._when(closure)}",
        )
        self.app.push_screen(question, answered)

    def _said(self, closure: ClosureView) -> str:
        """What was stored, in a sentence or two."""
        return sentences(_("Closed: {when}.").format(when=self._when(closure)), done_text(closure))

    def _when(self, closure: ClosureView) -> str:
        return times.span(self.lab.time, closure.starts_at, closure.ends_at, self.lab.clock.now())
