"""What holds for every test."""

from hypothesis import HealthCheck, settings

# How long an example or its making takes says how busy the machine is, not whether the product is right.
settings.register_profile("centrala", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("centrala")
