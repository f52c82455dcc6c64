"""Property tests of reports say nothing of speed: a busy machine is no mistake of theirs."""

from hypothesis import settings

settings.register_profile("reports", deadline=None)
settings.load_profile("reports")
