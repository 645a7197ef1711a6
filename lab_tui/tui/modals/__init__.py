"""A modal asks one question, returns one typed answer, and does nothing else."""
