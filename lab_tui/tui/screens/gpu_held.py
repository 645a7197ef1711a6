"""What is held for whoever waits: accept it, say no to it, wait no longer."""

from __future__ import annotations

from typing import Generic, TypeVar

from lab_tui.i18n import _
from lab_tui.lab import gpu_waiting, notices
from lab_tui.lab.gpu_waiting import WaitView
from lab_tui.lab.gpus import BookingView
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import Actor, Done, Lab
from lab_tui.tui.screens.gpu_booking import GpuBooking
from lab_tui.wording import waits

V = TypeVar("V")


class GpuHeld(GpuBooking[V], Generic[V]):
    """A screen that shows offers and waits."""

    def choose_answer(self, offer: BookingView) -> None:
        """Ask whether to accept what is held."""
        from lab_tui.tui.modals.pick import PickModal

        def title() -> str:
            return _("{workstation} · {gpus} · {when}").format(**self.parts_of(offer))

        def chosen(index: int | None) -> None:
            if index is not None:
                (self.accept, self.ask_to_decline)[index](offer)

        lines = [lambda: _("Accept: it is held for you"), lambda: _("Say no: it goes to whoever is next")]
        self.app.push_screen(PickModal(title, lines), chosen)

    def accept(self, offer: BookingView) -> None:
        """Make it a booking."""
        actor = self.actor

        def accept(lab: Lab) -> Done[BookingView]:
            done = gpu_waiting.accept(lab, actor, offer.id)
            _note_answered(lab, actor, offer)
            return done

        self.act(
            accept,
            lambda done: _("Yours: {workstation} {gpus}, {when}.").format(**self.parts_of(done)),
            self.show_changed,
        )

    def ask_to_decline(self, offer: BookingView) -> None:
        """Say no to it, after asking."""
        from lab_tui.tui.modals.question import QuestionModal

        def lost() -> str:
            what = _("{workstation} · {gpus} · {when}").format(**self.parts_of(offer))
            return f"{what}\n\n" + _("The GPUs go to whoever is next, and you wait no longer.")

        def answered(yes: bool | None) -> None:
            if yes:
                self._decline(offer)

        self.app.push_screen(QuestionModal(lambda: _("Say no to this offer?"), lost), answered)

    def _decline(self, offer: BookingView) -> None:
        actor = self.actor

        def decline(lab: Lab) -> Done[BookingView]:
            done = gpu_waiting.decline(lab, actor, offer.id)
            _note_answered(lab, actor, offer)
            return done

        self.act(
            decline,
            lambda done: _("Passed on: {workstation} {gpus}, {when}.").format(**self.parts_of(done)),
            undoable=False,
        )

    def withdraw(self, wait: WaitView) -> None:
        """Wait for it no longer, after asking."""
        from lab_tui.tui.modals.question import QuestionModal

        def answered(yes: bool | None) -> None:
            if yes:
                actor = self.actor
                self.act(
                    lambda lab: gpu_waiting.withdraw(lab, actor, wait.id),
                    lambda gone: _("You wait no longer for {what}.").format(what=waits.what(gone)),
                )

        def lost() -> str:
            line = waits.line(wait, self.lab.time, self.lab.clock.now())
            return f"{line}\n\n" + _("You lose your place on the waiting list.")

        self.app.push_screen(QuestionModal(lambda: _("Wait no longer?"), lost), answered)


def _note_answered(lab: Lab, actor: Actor, offer: BookingView) -> None:
    """Whoever answered an offer need not be told of it any more."""
    what = (offer.workstation, offer.starts_at)
    told = [
        one.id
        for one in notices.unseen(lab, actor)
        if one.kind is NoticeKind.OFFER_MADE
        and (one.facts.get("workstation"), one.facts.get("start")) == what
    ]
    notices.mark_seen(lab, actor, told)
