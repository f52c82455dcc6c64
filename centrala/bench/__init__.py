"""`centrala bench`: what a call costs here, beside the same menu in other engines, on one Asterisk in one run."""
