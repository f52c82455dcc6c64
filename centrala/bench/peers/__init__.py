"""The same menu on other people's engines, and on none: what Centrala is compared with. Never part of a live call."""
