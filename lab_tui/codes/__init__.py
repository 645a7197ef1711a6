"""What people hold: pass codes, QR drawings, badges."""
