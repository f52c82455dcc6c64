"""One file per process of an installation: builds what it needs from settings and serves until asked to stop."""
