"""The demo lab: an invented lab in mid-term, and how a copy of it is moved to today."""
