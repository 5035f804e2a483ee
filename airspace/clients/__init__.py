"""Programs that report drones from outside: they speak to Loft through its public API only, as anyone's would."""
