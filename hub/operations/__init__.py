"""What the person who runs the hub does with it: checks, copies, and looks into it from a shell."""
