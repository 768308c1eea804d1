// Simulation model of the ECP5 block RAM DP16KD, in the modes that yosys and our gateware use:
// clock-synchronous true dual port of 1, 2, 4, 9 or 18 bits a port, and the 36-bit pseudo dual
// port.
// Source: Lattice FPGA-TN-02204 (ECP5 memory usage guide); the order of INITVAL and the use of the
// address pins as byte enables as in yosys' techlibs/lattice/brams_map_16kd.v.
//
// A read that collides with a write of the other port to the same word is undefined in the device;
// here it gives the bits being written inverted, so that a design that relies on it fails.

module DP16KD #(
    parameter DATA_WIDTH_A = 18,
    parameter DATA_WIDTH_B = 18,
    parameter REGMODE_A = "NOREG",
    parameter REGMODE_B = "NOREG",
    parameter RESETMODE = "SYNC",
    parameter ASYNC_RESET_RELEASE = "SYNC",
    parameter WRITEMODE_A = "NORMAL",
    parameter WRITEMODE_B = "NORMAL",
    parameter CSDECODE_A = "0b000",
    parameter CSDECODE_B = "0b000",
    parameter CLKAMUX = "CLKA",
    parameter CLKBMUX = "CLKB",
    parameter GSR = "AUTO",
    parameter INIT_DATA = "STATIC",
    parameter [319:0] INITVAL_00 = 320'd0,
    parameter [319:0] INITVAL_01 = 320'd0,
    parameter [319:0] INITVAL_02 = 320'd0,
    parameter [319:0] INITVAL_03 = 320'd0,
    parameter [319:0] INITVAL_04 = 320'd0,
    parameter [319:0] INITVAL_05 = 320'd0,
    parameter [319:0] INITVAL_06 = 320'd0,
    parameter [319:0] INITVAL_07 = 320'd0,
    parameter [319:0] INITVAL_08 = 320'd0,
    parameter [319:0] INITVAL_09 = 320'd0,
    parameter [319:0] INITVAL_0A = 320'd0,
    parameter [319:0] INITVAL_0B = 320'd0,
    parameter [319:0] INITVAL_0C = 320'd0,
    parameter [319:0] INITVAL_0D = 320'd0,
    parameter [319:0] INITVAL_0E = 320'd0,
    parameter [319:0] INITVAL_0F = 320'd0,
    parameter [319:0] INITVAL_10 = 320'd0,
    parameter [319:0] INITVAL_11 = 320'd0,
    parameter [319:0] INITVAL_12 = 320'd0,
    parameter [319:0] INITVAL_13 = 320'd0,
    parameter [319:0] INITVAL_14 = 320'd0,
    parameter [319:0] INITVAL_15 = 320'd0,
    parameter [319:0] INITVAL_16 = 320'd0,
    parameter [319:0] INITVAL_17 = 320'd0,
    parameter [319:0] INITVAL_18 = 320'd0,
    parameter [319:0] INITVAL_19 = 320'd0,
    parameter [319:0] INITVAL_1A = 320'd0,
    parameter [319:0] INITVAL_1B = 320'd0,
    parameter [319:0] INITVAL_1C = 320'd0,
    parameter [319:0] INITVAL_1D = 320'd0,
    parameter [319:0] INITVAL_1E = 320'd0,
    parameter [319:0] INITVAL_1F = 320'd0,
    parameter [319:0] INITVAL_20 = 320'd0,
    parameter [319:0] INITVAL_21 = 320'd0,
    parameter [319:0] INITVAL_22 = 320'd0,
    parameter [319:0] INITVAL_23 = 320'd0,
    parameter [319:0] INITVAL_24 = 320'd0,
    parameter [319:0] INITVAL_25 = 320'd0,
    parameter [319:0] INITVAL_26 = 320'd0,
    parameter [319:0] INITVAL_27 = 320'd0,
    parameter [319:0] INITVAL_28 = 320'd0,
    parameter [319:0] INITVAL_29 = 320'd0,
    parameter [319:0] INITVAL_2A = 320'd0,
    parameter [319:0] INITVAL_2B = 320'd0,
    parameter [319:0] INITVAL_2C = 320'd0,
    parameter [319:0] INITVAL_2D = 320'd0,
    parameter [319:0] INITVAL_2E = 320'd0,
    parameter [319:0] INITVAL_2F = 320'd0,
    parameter [319:0] INITVAL_30 = 320'd0,
    parameter [319:0] INITVAL_31 = 320'd0,
    parameter [319:0] INITVAL_32 = 320'd0,
    parameter [319:0] INITVAL_33 = 320'd0,
    parameter [319:0] INITVAL_34 = 320'd0,
    parameter [319:0] INITVAL_35 = 320'd0,
    parameter [319:0] INITVAL_36 = 320'd0,
    parameter [319:0] INITVAL_37 = 320'd0,
    parameter [319:0] INITVAL_38 = 320'd0,
    parameter [319:0] INITVAL_39 = 320'd0,
    parameter [319:0] INITVAL_3A = 320'd0,
    parameter [319:0] INITVAL_3B = 320'd0,
    parameter [319:0] INITVAL_3C = 320'd0,
    parameter [319:0] INITVAL_3D = 320'd0,
    parameter [319:0] INITVAL_3E = 320'd0,
    parameter [319:0] INITVAL_3F = 320'd0
) (
    input DIA0, DIA1, DIA2, DIA3, DIA4, DIA5, DIA6, DIA7, DIA8, DIA9, DIA10, DIA11, DIA12,
        DIA13, DIA14, DIA15, DIA16, DIA17,
    input ADA0, ADA1, ADA2, ADA3, ADA4, ADA5, ADA6, ADA7, ADA8, ADA9, ADA10, ADA11, ADA12, ADA13,
    input CEA, OCEA, CLKA, WEA, RSTA, CSA0, CSA1, CSA2,
    output DOA0, DOA1, DOA2, DOA3, DOA4, DOA5, DOA6, DOA7, DOA8, DOA9, DOA10, DOA11, DOA12,
        DOA13, DOA14, DOA15, DOA16, DOA17,
    input DIB0, DIB1, DIB2, DIB3, DIB4, DIB5, DIB6, DIB7, DIB8, DIB9, DIB10, DIB11, DIB12,
        DIB13, DIB14, DIB15, DIB16, DIB17,
    input ADB0, ADB1, ADB2, ADB3, ADB4, ADB5, ADB6, ADB7, ADB8, ADB9, ADB10, ADB11, ADB12, ADB13,
    input CEB, OCEB, CLKB, WEB, RSTB, CSB0, CSB1, CSB2,
    output DOB0, DOB1, DOB2, DOB3, DOB4, DOB5, DOB6, DOB7, DOB8, DOB9, DOB10, DOB11, DOB12,
        DOB13, DOB14, DOB15, DOB16, DOB17
);
    localparam WIDE = DATA_WIDTH_A == 36;

    wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7,
        DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
    wire [17:0] dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7,
        DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
    wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3,
        ADA2, ADA1, ADA0};
    wire [13:0] adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3,
        ADB2, ADB1, ADB0};

    // 1024 words of two 9-bit bytes. Accesses of 1, 2 and 4 bits leave out the ninth bit of a byte.
    reg [17:0] words [0:1023];

    initial begin : initialize
        integer word;
        reg [64*320-1:0] image;
        image = {INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A,
            INITVAL_39, INITVAL_38, INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33,
            INITVAL_32, INITVAL_31, INITVAL_30, INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C,
            INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28, INITVAL_27, INITVAL_26, INITVAL_25,
            INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20, INITVAL_1F, INITVAL_1E,
            INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18, INITVAL_17,
            INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
            INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09,
            INITVAL_08, INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02,
            INITVAL_01, INITVAL_00};
        for (word = 0; word < 1024; word = word + 1) words[word] = image[word*20 +: 18];
    end

    // Lowest of a word's 18 bits that an access of ``width`` bits at ``address`` takes.
    function [4:0] lowest_bit(input integer width, input [3:0] address);
        case (width)
            1: lowest_bit = address[3] * 5'd9 + address[2:0];
            2: lowest_bit = address[3] * 5'd9 + {address[2:1], 1'b0};
            4: lowest_bit = address[3] * 5'd9 + {address[2], 2'b00};
            9: lowest_bit = address[3] * 5'd9;
            default: lowest_bit = 5'd0;
        endcase
    endfunction

    // The bits of a word that a write changes.
    function [17:0] write_mask(input integer width, input [3:0] address);
        case (width)
            18, 36: write_mask = {{9{address[1]}}, {9{address[0]}}};
            default: write_mask = ((18'd1 << width) - 18'd1) << lowest_bit(width, address);
        endcase
    endfunction

    wire [9:0] word_a = WIDE ? {ada[13:5], 1'b0} : ada[13:4];
    wire [9:0] word_b = adb[13:4];
    wire [17:0] mask_a = write_mask(DATA_WIDTH_A, ada[3:0]);
    wire [17:0] mask_b = write_mask(DATA_WIDTH_B, adb[3:0]);
    wire [17:0] shifted_a = dia << lowest_bit(DATA_WIDTH_A, ada[3:0]);
    wire [17:0] shifted_b = dib << lowest_bit(DATA_WIDTH_B, adb[3:0]);
    wire [17:0] high_mask = {{9{ada[3]}}, {9{ada[2]}}};
    wire write_a = CEA && WEA && {CSA2, CSA1, CSA0} == 3'b000;
    wire write_b = CEB && WEB && {CSB2, CSB1, CSB0} == 3'b000 && !WIDE;
    wire same_row = word_a[9:1] == word_b[9:1];
    wire [17:0] undefined_a = write_b && word_a == word_b ? mask_b : 18'd0;
    wire [17:0] undefined_low = write_a && same_row && !word_a[0] ? mask_a : 18'd0;
    wire [17:0] undefined_high = !write_a || !same_row ? 18'd0
        : WIDE ? high_mask : word_a[0] ? mask_a : 18'd0;
    wire [17:0] old_a = words[word_a] ^ undefined_a;
    wire [17:0] old_b = words[word_b] ^ (word_b[0] ? undefined_high : undefined_low);

    // Both ports may write other bits of one word in one cycle (of the one clock we use).
    wire both = write_a && write_b && word_a == word_b;
    wire [17:0] other_a = both ? (words[word_a] & ~mask_b) | (shifted_b & mask_b) : words[word_a];
    wire [17:0] other_b = both ? (words[word_b] & ~mask_a) | (shifted_a & mask_a) : words[word_b];
    wire [17:0] new_a = (other_a & ~mask_a) | (shifted_a & mask_a);
    wire [17:0] new_b = (other_b & ~mask_b) | (shifted_b & mask_b);

    reg [17:0] latch_a = 18'd0, latch_b = 18'd0, register_a = 18'd0, register_b = 18'd0;
    wire wide_read = DATA_WIDTH_B == 36;
    wire clock_a = CLKAMUX == "INV" ? ~CLKA : CLKA;
    wire clock_b = CLKBMUX == "INV" ? ~CLKB : CLKB;

    always @(posedge clock_a) begin
        if (write_a) begin
            words[word_a] <= new_a;
            if (WIDE) words[word_a | 10'd1] <= (words[word_a | 10'd1] & ~high_mask) | (dib &
                high_mask);
        end
        if (!WIDE) begin
            if (RSTA) latch_a <= 18'd0;
            else if (CEA && !write_a) latch_a <= old_a >> lowest_bit(DATA_WIDTH_A, ada[3:0]);
            else if (CEA && WRITEMODE_A == "WRITETHROUGH")
                latch_a <= new_a >> lowest_bit(DATA_WIDTH_A, ada[3:0]);
            else if (CEA && WRITEMODE_A == "READBEFOREWRITE")
                latch_a <= old_a >> lowest_bit(DATA_WIDTH_A, ada[3:0]);
        end
        if (OCEA) register_a <= RSTA ? 18'd0 : latch_a;
    end

    always @(posedge clock_b) begin
        if (write_b) words[word_b] <= new_b;
        if (RSTB) latch_b <= 18'd0;
        else if (CEB && wide_read) latch_b <= words[{adb[13:5], 1'b1}] ^ undefined_high;
        else if (CEB && !write_b) latch_b <= old_b >> lowest_bit(DATA_WIDTH_B, adb[3:0]);
        else if (CEB && WRITEMODE_B == "WRITETHROUGH")
            latch_b <= new_b >> lowest_bit(DATA_WIDTH_B, adb[3:0]);
        else if (CEB && WRITEMODE_B == "READBEFOREWRITE")
            latch_b <= old_b >> lowest_bit(DATA_WIDTH_B, adb[3:0]);
        if (OCEB) register_b <= RSTB ? 18'd0 : latch_b;
    end

    // The low half of a 36-bit read comes out at port A's pins, but belongs to port B.
    reg [17:0] low_latch = 18'd0, low_register = 18'd0;
    always @(posedge clock_b) begin
        if (RSTB) low_latch <= 18'd0;
        else if (CEB) low_latch <= words[{adb[13:5], 1'b0}] ^ undefined_low;
        if (OCEB) low_register <= RSTB ? 18'd0 : low_latch;
    end

    wire [17:0] port_a = REGMODE_A == "OUTREG" ? register_a : latch_a;
    wire [17:0] low = REGMODE_B == "OUTREG" ? low_register : low_latch;
    wire [17:0] doa = wide_read ? low : port_a;
    wire [17:0] dob = REGMODE_B == "OUTREG" ? register_b : latch_b;
    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6,
        DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} = doa;
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6,
        DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} = dob;
endmodule
