"""Firmware: runtime, drivers, apps, and their build."""
