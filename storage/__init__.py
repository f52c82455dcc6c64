"""Storage: journal files, SQL tables, the bus. Implements the ports of calls/; must not know HTTP or SIP."""
