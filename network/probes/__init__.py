"""The network's outside door: measuring other systems over the wire."""
