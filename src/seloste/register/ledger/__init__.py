"""What happened, kept by adding only."""
