"""The main demo: handwritten digits on the coprocessors."""
