"""A transformer block in int8: attention and a feed-forward network, on array and core."""
