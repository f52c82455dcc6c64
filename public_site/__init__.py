"""The public site: its own process, without the identity key. May face the internet; must not know who reported."""
