"""A Textual app that nobody at the screen can leave, break or read secrets from."""
