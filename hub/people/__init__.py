"""The people and places: owners, units, groups, children, guardians, staff, and the numbers that reach them."""
