"""What people see at the kiosk. Screens only ask and show; rules stand in `lab`."""
