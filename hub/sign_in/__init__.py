"""How staff sign in: invitations, passwords, the second factor, sessions, and the pace at which one may try."""
