"""The trivial Textual app that everything is measured against."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class TrivialApp(App[None]):
    """A text that each key changes."""

    BINDINGS = [("right", "count", "Count"), ("left", "count", "Count")]
    count = 0

    def compose(self) -> ComposeResult:
        yield Static("trivial app, ready", id="text")

    def action_count(self) -> None:
        """One more."""
        self.count += 1
        self.query_one("#text", Static).update(f"count {self.count}")


if __name__ == "__main__":
    TrivialApp().run()
