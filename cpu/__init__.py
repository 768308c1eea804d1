"""The glue core: a small in-order RV32 core without speculation, caches or predictors."""
