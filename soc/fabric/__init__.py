"""The ground floor: register layer, bus and DMA signatures. Imports nothing from above."""
