"""Networks that follow a stream of samples: they learn each, forget old ones, and tell when edges change."""

from gennet.networks.streaming.changes import Alarm, Watching, watch_step, watching
from gennet.networks.streaming.following import Following, begun, scores, step

__all__ = ["Alarm", "Following", "Watching", "begun", "scores", "step", "watch_step", "watching"]
