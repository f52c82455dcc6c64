"""One file per command of the command line; each declares `SUMMARY`, `add_arguments` and `run`."""
