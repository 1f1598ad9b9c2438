"""Pictures and files that people read."""
