"""The gate at the wall, and the hub's side of it."""
