"""The desk: the queue, live, and what people do there."""
