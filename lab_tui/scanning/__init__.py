"""From a device to a code."""
