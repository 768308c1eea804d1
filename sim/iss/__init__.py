"""Instruction-set model: RV32IM_Zicsr_Zifencei in machine mode, in plain Python.

It is written from the specifications (RISC-V Unprivileged 20240411, Privileged 1.13) and shares
nothing with the core, so that a mistake in one shows as a difference from the other.
"""
