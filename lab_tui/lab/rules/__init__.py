"""Pure decisions: facts in, reasons or choices out. No database, no clock, no screen."""
