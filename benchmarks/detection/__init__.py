"""Detection measured on real homes: delay of an injected collapse against false alarms a month."""
