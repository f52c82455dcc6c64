"""The flow engine: what a caller hears and may press, decided without a telephone, a socket or a clock."""
