"""Operators on their own: numpy integers in and out."""
