"""Where two ways of computing a model part, and why."""
