"""Programs for the chip."""
