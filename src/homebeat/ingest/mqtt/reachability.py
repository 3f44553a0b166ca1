"""Tests whether the broker can be reached, accepts us, and permits our subscriptions: once, with a session of its own."""

from __future__ import annotations

import secrets
import ssl
import threading
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from homebeat.ingest.source import MqttOptions


def try_broker(options: MqttOptions, within_s: float) -> str:
    """Connect and subscribe at QoS 0 under another client id, and disconnect; returns what is wrong, or an empty text."""
    answered, problem = threading.Event(), [f"it did not answer within {within_s:.0f} s"]
    client = paho.Client(CallbackAPIVersion.VERSION2, f"{options.client_id}-check-{secrets.token_hex(4)}", clean_session=True)
    client.connect_timeout = within_s
    if options.username:
        client.username_pw_set(options.username, options.password or None)

    def on_connect(_client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            problem[0] = f"it refused us: {reason}"
            answered.set()
        else:
            client.subscribe([(topic, 0) for topic in options.topics])

    def on_subscribe(_client: Any, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        refused = [topic for topic, reason in zip(options.topics, reasons, strict=False) if reason.is_failure]
        problem[0] = f"it refused the subscription to {', '.join(refused)}" if refused else ""
        answered.set()

    client.on_connect, client.on_subscribe = on_connect, on_subscribe
    try:
        if options.tls:
            client.tls_set_context(ssl.create_default_context(cafile=str(options.ca_file) if options.ca_file else None))
        client.connect(options.host, options.port, options.keepalive_s)
    except OSError as error:
        return f"it cannot be reached: {error.strerror or error}"
    client.loop_start()
    answered.wait(within_s)
    client.disconnect()
    client.loop_stop()
    return problem[0]
