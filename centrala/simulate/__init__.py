"""SIP user agents for trying things out: a citizen, an operator, a radio gateway, and the softphone beneath them."""
