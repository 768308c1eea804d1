"""Neural networks in TensorFlow Lite files: reading them, and what their layers compute."""
