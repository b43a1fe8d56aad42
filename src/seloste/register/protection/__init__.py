"""Who may act, in whose name, and what remains of it."""
