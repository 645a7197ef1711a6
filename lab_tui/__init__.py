"""The front desk of an AI start-up lab, in a terminal."""
