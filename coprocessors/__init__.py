"""Coprocessors: the shell that all share, and the datapaths behind it."""
