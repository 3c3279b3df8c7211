"""Gene networks: time and memory."""
