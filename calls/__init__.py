"""The vocabulary: ids, value types, domain events, ports and channel-variable names. Knows nothing that does I/O."""
