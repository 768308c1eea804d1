// Simulation model of the ECP5 multiplier MULT18X18D, for RTL and netlist runs.
//
// Modelled: the product, signed or unsigned for each operand, and the input, pipeline and output
// registers with their choice of clock, clock enable and synchronous reset.
// Not modelled: operand shift chains (SOURCEA and SOURCEB must be 0), operand C, clock division.
// Ports that belong only to these are left out: each port of each multiplier costs time whenever a
// simulation is built.
// Source: Lattice FPGA-TN-02205, "ECP5 and ECP5-5G sysDSP Usage Guide".

module MULT18X18D #(
    parameter REG_INPUTA_CLK = "NONE", REG_INPUTA_CE = "CE0", REG_INPUTA_RST = "RST0",
    parameter REG_INPUTB_CLK = "NONE", REG_INPUTB_CE = "CE0", REG_INPUTB_RST = "RST0",
    parameter REG_INPUTC_CLK = "NONE", REG_INPUTC_CE = "CE0", REG_INPUTC_RST = "RST0",
    parameter REG_PIPELINE_CLK = "NONE", REG_PIPELINE_CE = "CE0", REG_PIPELINE_RST = "RST0",
    parameter REG_OUTPUT_CLK = "NONE", REG_OUTPUT_CE = "CE0", REG_OUTPUT_RST = "RST0",
    parameter CLK0_DIV = "ENABLED", CLK1_DIV = "ENABLED",
    parameter CLK2_DIV = "ENABLED", CLK3_DIV = "ENABLED",
    parameter HIGHSPEED_CLK = "NONE", GSR = "ENABLED", CAS_MATCH_REG = "FALSE",
    parameter SOURCEB_MODE = "B_SHIFT", MULT_BYPASS = "DISABLED", RESETMODE = "SYNC"
) (
    input wire A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17,
    input wire B0, B1, B2, B3, B4, B5, B6, B7, B8, B9, B10, B11, B12, B13, B14, B15, B16, B17,
    input wire C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15, C16, C17,
    input wire SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
    input wire CLK3, CLK2, CLK1, CLK0, CE3, CE2, CE1, CE0, RST3, RST2, RST1, RST0,
    output wire P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, P14, P15, P16, P17,
        P18, P19, P20, P21, P22, P23, P24, P25, P26, P27, P28, P29, P30, P31, P32, P33, P34, P35
);
    // One wire for each register: Verilator would take each bit of a vector for a clock of its own,
    // and then look for its edges in every multiplier.
    wire a_clock = REG_INPUTA_CLK == "CLK3" ? CLK3 : REG_INPUTA_CLK == "CLK2" ? CLK2
        : REG_INPUTA_CLK == "CLK1" ? CLK1 : CLK0;
    wire b_clock = REG_INPUTB_CLK == "CLK3" ? CLK3 : REG_INPUTB_CLK == "CLK2" ? CLK2
        : REG_INPUTB_CLK == "CLK1" ? CLK1 : CLK0;
    wire pipeline_clock = REG_PIPELINE_CLK == "CLK3" ? CLK3 : REG_PIPELINE_CLK == "CLK2" ? CLK2
        : REG_PIPELINE_CLK == "CLK1" ? CLK1 : CLK0;
    wire output_clock = REG_OUTPUT_CLK == "CLK3" ? CLK3 : REG_OUTPUT_CLK == "CLK2" ? CLK2
        : REG_OUTPUT_CLK == "CLK1" ? CLK1 : CLK0;
    wire [3:0] enables = {CE3, CE2, CE1, CE0};
    wire [3:0] resets = {RST3, RST2, RST1, RST0};

    // Each operand with one more bit on top, a copy of its sign or 0.
    wire [18:0] a_in = {SIGNEDA & A17,
        A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
    wire [18:0] b_in = {SIGNEDB & B17,
        B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
    reg signed [18:0] a, b;
    reg [35:0] piped, p;
    wire signed [35:0] product = a * b;

    // The last character of a parameter such as "CE2" is the number of the control: its low bits.
    generate
        if (REG_INPUTA_CLK == "NONE") begin
            always @* a = a_in;
        end else begin
            initial a = 0;
            always @(posedge a_clock)
                if (resets[REG_INPUTA_RST[1:0]]) a <= 0;
                else if (enables[REG_INPUTA_CE[1:0]]) a <= a_in;
        end
        if (REG_INPUTB_CLK == "NONE") begin
            always @* b = b_in;
        end else begin
            initial b = 0;
            always @(posedge b_clock)
                if (resets[REG_INPUTB_RST[1:0]]) b <= 0;
                else if (enables[REG_INPUTB_CE[1:0]]) b <= b_in;
        end
        if (REG_PIPELINE_CLK == "NONE") begin
            always @* piped = product;
        end else begin
            initial piped = 0;
            always @(posedge pipeline_clock)
                if (resets[REG_PIPELINE_RST[1:0]]) piped <= 0;
                else if (enables[REG_PIPELINE_CE[1:0]]) piped <= product;
        end
        if (REG_OUTPUT_CLK == "NONE") begin
            always @* p = piped;
        end else begin
            initial p = 0;
            always @(posedge output_clock)
                if (resets[REG_OUTPUT_RST[1:0]]) p <= 0;
                else if (enables[REG_OUTPUT_CE[1:0]]) p <= piped;
        end
    endgenerate

    assign {
        P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18,
        P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = p;
endmodule
