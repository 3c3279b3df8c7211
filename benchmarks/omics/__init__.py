"""Several kinds of measurements together: time and memory."""
