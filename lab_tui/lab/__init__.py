"""What the lab does: operations on top of pure rules, the same for the kiosk, the CLI and the tests."""
