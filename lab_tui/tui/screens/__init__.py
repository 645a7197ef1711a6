"""One file a screen, with its style sheet beside it. A screen is imported when it is first shown."""
