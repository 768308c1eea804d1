// A memory behind the port for external memory: each word exactly LATENCY cycles after it was asked
// for, and garbage in all other cycles. `low` has the even 32-bit words, `high` the odd ones.
module external_memory #(
    parameter LATENCY = 2, parameter WORDS = 2, parameter ADDRESS_BITS = 1
) (
    input clk, input request, input [ADDRESS_BITS-1:0] address, output [63:0] data
);
  wire [63:0] word;
  reg [63:0] ring [0:LATENCY-1];
  integer next = 0;
  external_memory_bank #(WORDS, ADDRESS_BITS) low (address, word[31:0]);
  external_memory_bank #(WORDS, ADDRESS_BITS) high (address, word[63:32]);
  assign data = ring[next];
  always @(posedge clk) begin
    ring[next] <= request ? word : 64'hDEADBEEFDEADBEEF;
    next <= next == LATENCY - 1 ? 0 : next + 1;
  end
endmodule

module external_memory_bank #(parameter WORDS = 2, parameter ADDRESS_BITS = 1) (
    input [ADDRESS_BITS-1:0] address, output [31:0] word
);
  reg [31:0] words [0:WORDS-1];
  assign word = words[address];
endmodule
