"""The debug port: JTAG, debug module, and its way to registers and memory."""
