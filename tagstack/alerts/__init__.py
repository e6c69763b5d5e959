"""Alerts: deciding what is mailed to whom, composing it, and keeping what could not be delivered."""
