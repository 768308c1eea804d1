"""Checks an answer to Ethereum's eth_getProof, from the hash of the block to the slots."""
