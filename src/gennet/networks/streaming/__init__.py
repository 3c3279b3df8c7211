"""Networks that follow a stream of samples: they learn each, forget old ones, and tell when edges change."""
