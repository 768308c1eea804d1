// Evaluates a netlist of ECP5 cells: one byte for each net, the logic cells in the order that
// cells.py has found, block RAMs and multipliers as Verilator has compiled our models of them.
// simulator.py calls the functions at the end; cells.py tells what the tables hold.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "Vblocks.h"
#include "verilated.h"

namespace {

typedef uint32_t Net;

struct Lut { uint32_t init; Net in[4], out; };
struct Carry { uint32_t init[2], inject; Net carry_in, in[2][4], sum[2], carry_out; };
struct Ram { Net read_address[4], out[4], write, write_address[4], in[4]; uint32_t initial[2]; };
struct Run { uint32_t table, first, count; };
struct Group { Net enable; uint32_t inverted; Net reset; uint32_t first, count; };
struct FlipFlop { Net d, q; uint32_t initial; };

template <class Row>
void take(std::vector<Row>& table, const uint32_t* words, uint32_t rows) {
    const Row* first = reinterpret_cast<const Row*>(words);
    table.assign(first, first + rows);
}

class Simulator {
public:
    std::vector<uint8_t> values;
    std::vector<Lut> luts;
    std::vector<Carry> carries;
    std::vector<Ram> rams;
    std::vector<Run> early, late;
    std::vector<Group> groups;
    std::vector<FlipFlop> flipflops;
    std::vector<Net> block_inputs, block_outputs;

    // Everything as the bitstream sets it; call it once, when the tables are filled.
    void start() {
        values[1] = 1;
        for (const FlipFlop& cell : flipflops) values[cell.q] = cell.initial;
        for (const Ram& cell : rams) {
            for (unsigned i = 0; i < 16; ++i) words_.push_back(cell.initial[i / 8] >> i % 8 * 4 & 15);
        }
        next_.resize(flipflops.size());
        blocks_.clk = 0;
        blocks_.eval();
        take_block_outputs();
    }

    // Returns after how many cycles `until` was high, or `cycles`.
    uint64_t run(uint64_t cycles, Net until, Net watched, uint8_t* samples) {
        settle();
        for (uint64_t cycle = 0; cycle < cycles;) {
            tick();
            settle();
            if (samples) samples[cycle] = values[watched];
            ++cycle;
            if (values[until]) return cycle;
        }
        return cycles;
    }

private:
    VerilatedContext context_;
    Vblocks blocks_{&context_};
    std::vector<uint8_t> next_;       // of the flip-flops
    std::vector<const Group*> due_;   // whose flip-flops take their next value
    std::vector<uint8_t> words_;      // 16 of each distributed memory

    // All logic from the registers and inputs on. Multipliers may be logic too, so what lies behind
    // them is repeated until they stand still.
    void settle() {
        evaluate(early);
        do evaluate(late); while (evaluate_blocks());
    }

    void tick() {
        due_.clear();
        for (const Group& group : groups) {
            if (values[group.reset] || values[group.enable] != group.inverted) sample(group);
        }
        for (size_t i = 0; i < rams.size(); ++i) {
            const Ram& cell = rams[i];
            if (values[cell.write]) words_[16 * i + number(cell.write_address)] = number(cell.in);
        }
        blocks_.clk = 1;
        blocks_.eval();
        take_block_outputs();
        blocks_.clk = 0;
        for (const Group* group : due_) {
            for (uint32_t i = group->first; i < group->first + group->count; ++i) {
                values[flipflops[i].q] = next_[i];
            }
        }
    }

    void sample(const Group& group) {
        const bool reset = values[group.reset];
        for (uint32_t i = group.first; i < group.first + group.count; ++i) {
            next_[i] = reset ? flipflops[i].initial : values[flipflops[i].d];
        }
        due_.push_back(&group);
    }

    unsigned number(const Net (&nets)[4]) const {
        return values[nets[0]] | values[nets[1]] << 1 | values[nets[2]] << 2 | values[nets[3]] << 3;
    }

    void evaluate(const std::vector<Run>& runs) {
        for (const Run& run : runs) {
            const uint32_t end = run.first + run.count;
            if (run.table == 0) {
                for (uint32_t i = run.first; i < end; ++i) evaluate(luts[i]);
            } else if (run.table == 1) {
                for (uint32_t i = run.first; i < end; ++i) evaluate(carries[i]);
            } else {
                for (uint32_t i = run.first; i < end; ++i) read(rams[i], &words_[16 * i]);
            }
        }
    }

    void evaluate(const Lut& cell) { values[cell.out] = cell.init >> number(cell.in) & 1; }

    void evaluate(const Carry& cell) {
        unsigned carry = values[cell.carry_in];
        for (unsigned half = 0; half < 2; ++half) {
            const unsigned index = number(cell.in[half]);
            const unsigned propagate = cell.init[half] >> index & 1;
            const bool inject = cell.inject >> half & 1;
            const unsigned generate = inject ? 0 : cell.init[half] >> (index & 3) & 1;
            values[cell.sum[half]] = inject ? propagate : propagate ^ carry;
            carry = propagate ? carry : generate;
        }
        values[cell.carry_out] = carry;
    }

    void read(const Ram& cell, const uint8_t* words) {
        const unsigned word = words[number(cell.read_address)];
        for (unsigned bit = 0; bit < 4; ++bit) values[cell.out[bit]] = word >> bit & 1;
    }

    // Returns whether an output has changed.
    bool evaluate_blocks() {
        for (size_t i = 0; i < block_inputs.size(); i += 32) {
            const size_t bits = std::min<size_t>(32, block_inputs.size() - i);
            uint32_t word = 0;
            for (size_t k = 0; k < bits; ++k) word |= uint32_t(values[block_inputs[i + k]]) << k;
            blocks_.i[i / 32] = word;
        }
        blocks_.eval();
        return take_block_outputs();
    }

    bool take_block_outputs() {
        unsigned changed = 0;
        for (size_t i = 0; i < block_outputs.size(); ++i) {
            const uint8_t value = blocks_.o[i / 32] >> i % 32 & 1;
            changed |= values[block_outputs[i]] ^ value;
            values[block_outputs[i]] = value;
        }
        return changed;
    }
};

}  // namespace

extern "C" {

Simulator* netlist_new(uint32_t nets) {
    Simulator* simulator = new Simulator;
    simulator->values.resize(nets);
    return simulator;
}

void netlist_table(Simulator* simulator, unsigned table, const uint32_t* words, uint32_t rows) {
    switch (table) {
        case 0: return take(simulator->luts, words, rows);
        case 1: return take(simulator->carries, words, rows);
        case 2: return take(simulator->rams, words, rows);
        case 3: return take(simulator->early, words, rows);
        case 4: return take(simulator->late, words, rows);
        case 5: return take(simulator->groups, words, rows);
        case 6: return take(simulator->flipflops, words, rows);
        case 7: return take(simulator->block_inputs, words, rows);
        case 8: return take(simulator->block_outputs, words, rows);
    }
}

void netlist_start(Simulator* simulator) { simulator->start(); }

uint8_t* netlist_values(Simulator* simulator) { return simulator->values.data(); }

uint64_t netlist_run(Simulator* simulator, uint64_t cycles, uint32_t until, uint32_t watched,
                     uint8_t* samples) {
    return simulator->run(cycles, until, watched, samples);
}

void netlist_delete(Simulator* simulator) { delete simulator; }

}
