"""Health, readiness, metrics, the API description."""
