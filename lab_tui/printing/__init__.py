"""From facts to paper: what is ordered becomes words, a drawing, a file, and goes to the printer."""
