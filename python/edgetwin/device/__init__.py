"""Boards: the device core on emulated cores."""
