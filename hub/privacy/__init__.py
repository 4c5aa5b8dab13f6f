"""What is kept, for how long, and what must be kept although its time is over."""
