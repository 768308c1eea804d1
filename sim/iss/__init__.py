"""Instruction-set model: RV32IM_Zicsr_Zifencei, at choice with Zba, Zbb, Zbs, Zbkb and Zicond, and
at choice with user mode, PMP and Smepmp.

It is plain Python, written from the specifications (RISC-V Unprivileged 20240411, Privileged 1.13).
It shares nothing with the core, so that a mistake in one shows as a difference from the other.
"""
