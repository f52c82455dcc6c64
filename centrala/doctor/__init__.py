"""`centrala doctor`: finds what is wrong before a caller does. One file per subject; each check says how to mend."""
