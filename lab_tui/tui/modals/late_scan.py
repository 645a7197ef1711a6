"""A scan that waited too long for the database to mean anything any more; it clears by itself."""

from __future__ import annotations

from lab_tui.i18n import _
from lab_tui.tui.modals.verdict import AnswerModal
from lab_tui.tui.widgets.big_word import BigWordView, Verdict


class LateScanModal(AnswerModal):
    """Asks whoever still stands there to scan again."""

    SECONDS = 10.0

    def answer(self) -> tuple[BigWordView, str, str]:
        """That nothing came of it, and that it can be scanned again."""
        why = _("The database answered too late: nothing came of this scan")
        return BigWordView(Verdict.ATTENTION, _("SCAN AGAIN")), why, _("Scan it once more")
