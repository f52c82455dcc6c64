"""Operators' phones: browser or SIP phone, and the browser's short-lived login."""
