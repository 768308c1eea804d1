// Simulation model of the ECP5 primitive JTAGG, with the FPGA's test access port around it.
//
// Modelled: the controller, the 8-bit instruction register with ER1 (0x32), ER2 (0x38) and BYPASS,
// and the outputs to the fabric. They change with the rising edge of TCK; JTDI has passed a register
// at that edge, and JTDO passes one at the falling edge on its way to TDO.
// Not modelled: all other instructions, which act as BYPASS; delays.
// The pins are not ports of the primitive: a test bench drives tck, tms and tdi of this module.
// Source: Lattice FPGA Libraries Reference Guide, "JTAGG"; IEEE 1149.1-2013.

module JTAGG #(
    parameter ER1 = "ENABLED", ER2 = "ENABLED"
) (
    input wire JTDO1, JTDO2,
    output wire JTCK, output reg JTDI, output wire JSHIFT, JUPDATE, JRSTN, JCE1, JCE2, JRTI1, JRTI2
);
    reg tck /* verilator public_flat_rw */ = 0;
    reg tms /* verilator public_flat_rw */ = 1;
    reg tdi /* verilator public_flat_rw */ = 0;
    reg tdo /* verilator public_flat_rw */ = 0;

    localparam RESET = 0, IDLE = 1, SELECT_DR = 2, CAPTURE_DR = 3, SHIFT_DR = 4, EXIT1_DR = 5,
        PAUSE_DR = 6, EXIT2_DR = 7, UPDATE_DR = 8, SELECT_IR = 9, CAPTURE_IR = 10, SHIFT_IR = 11,
        EXIT1_IR = 12, PAUSE_IR = 13, EXIT2_IR = 14, UPDATE_IR = 15;
    reg [3:0] state = RESET;
    reg [7:0] instruction = 8'hFF, shifted = 0;
    reg bypass = 0;
    wire er1 = ER1 == "ENABLED" && instruction == 8'h32;
    wire er2 = ER2 == "ENABLED" && instruction == 8'h38;

    always @(posedge tck) begin
        JTDI <= tdi;
        case (state)
            RESET: state <= tms ? RESET : IDLE;
            IDLE, UPDATE_DR, UPDATE_IR: state <= tms ? SELECT_DR : IDLE;
            SELECT_DR: state <= tms ? SELECT_IR : CAPTURE_DR;
            CAPTURE_DR, SHIFT_DR: state <= tms ? EXIT1_DR : SHIFT_DR;
            EXIT1_DR: state <= tms ? UPDATE_DR : PAUSE_DR;
            PAUSE_DR: state <= tms ? EXIT2_DR : PAUSE_DR;
            EXIT2_DR: state <= tms ? UPDATE_DR : SHIFT_DR;
            SELECT_IR: state <= tms ? RESET : CAPTURE_IR;
            CAPTURE_IR, SHIFT_IR: state <= tms ? EXIT1_IR : SHIFT_IR;
            EXIT1_IR: state <= tms ? UPDATE_IR : PAUSE_IR;
            PAUSE_IR: state <= tms ? EXIT2_IR : PAUSE_IR;
            EXIT2_IR: state <= tms ? UPDATE_IR : SHIFT_IR;
        endcase
        if (state == CAPTURE_IR) shifted <= 8'h01;
        if (state == SHIFT_IR) shifted <= {tdi, shifted[7:1]};
        if (state == EXIT1_IR || state == EXIT2_IR) if (tms) instruction <= shifted;
        if (state == RESET) instruction <= 8'hFF;
        if (state == CAPTURE_DR) bypass <= 0;
        if (state == SHIFT_DR) bypass <= tdi;
    end

    always @(negedge tck)
        tdo <= state == SHIFT_IR ? shifted[0] : er1 ? JTDO1 : er2 ? JTDO2 : bypass;

    assign JTCK = tck;
    assign JRSTN = state != RESET;
    assign JSHIFT = state == SHIFT_DR;
    assign JUPDATE = state == UPDATE_DR;
    assign JCE1 = er1 && (state == CAPTURE_DR || state == SHIFT_DR);
    assign JCE2 = er2 && (state == CAPTURE_DR || state == SHIFT_DR);
    assign JRTI1 = er1 && state == IDLE;
    assign JRTI2 = er2 && state == IDLE;
endmodule
