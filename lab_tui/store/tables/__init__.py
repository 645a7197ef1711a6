"""The tables, one file an area. Import the area you need: `from lab_tui.store.tables import events`."""
