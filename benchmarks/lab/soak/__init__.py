"""The gate under fire: real runs while the machine is disturbed, and what must hold after each."""
