"""Several kinds of measurements of the same people, together."""
