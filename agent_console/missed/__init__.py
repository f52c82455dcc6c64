"""The worklist of calls that got nothing."""
