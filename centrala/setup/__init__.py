"""Set-up: everything a fresh machine needs before the first start, as small steps that know whether they are done.

Owns the steps and how they are shown. Must not know how anything is started.
"""

from centrala.setup.runner import SetupError, run_setup

__all__ = ["SetupError", "run_setup"]
