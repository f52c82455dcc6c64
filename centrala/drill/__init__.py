"""The fault drill: real processes are killed, frozen and starved under load, and one oracle says what was lost."""
