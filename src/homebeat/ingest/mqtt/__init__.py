"""Messages over MQTT: the source, its socket, and the broker that homebeat can bring itself."""
