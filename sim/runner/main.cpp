// The fast runner: drives the compiled SoC without Python in the clock loop.
//
// `runner_config.h` is written by build.py for each configuration; it names the ports and says
// where things are. Arguments: --image FILE --report FILE --max-cycles N [--trace FILE]
// [--no-watch] [--stdin] [--profile FILE] [--dump ADDRESS:BYTES:FILE]... [--jtag DESCRIPTOR]
// [--jtag-start CHARACTERS]. DESCRIPTOR is of a socket that listens for a debugger; before the chip
// leaves reset, CHARACTERS are done as if one had sent them. The serial line goes to stdout; how the run ended goes to the report as lines of "key value"; the profile is as
// `Profile` writes it.

#include <poll.h>
#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "Vrunner.h"
#include "runner_config.h"
#include "verilated.h"
#include "verilated_syms.h"
#ifdef RUNNER_TRACE_FST
#include "verilated_fst_c.h"
typedef VerilatedFstC Tracer;
#elif defined(RUNNER_TRACE_VCD)
#include "verilated_vcd_c.h"
typedef VerilatedVcdC Tracer;
#endif

namespace {

volatile sig_atomic_t interrupted = 0;

void on_interrupt(int) { interrupted = 1; }

[[noreturn]] void fail(const std::string& message) {
    fprintf(stderr, "%s\n", message.c_str());
    exit(EXIT_FAILURE);
}

constexpr uint32_t MRET = 0x30200073;
constexpr uint32_t WFI = 0x10500073;
constexpr unsigned TRAP_LOOP = 64;  // traps at one pc without an mret between: nobody handles them
constexpr unsigned HOUSEKEEPING_CYCLES = 16384;  // between looks at signals, stdin and stdout
constexpr unsigned ARMING_CYCLES = 16;  // longest time from a store to START to its retirement
constexpr unsigned INPUT_GAP_CYCLES = 4096;  // between two bytes sent, so that firmware keeps up
constexpr size_t MOST_CONFLICTS = 8;
constexpr unsigned JTAG_CHARACTER_CYCLES = 5;  // a pin is seen, and TDO has followed
constexpr unsigned JTAG_SETTLE_CYCLES = 64;  // what the last character began has ended
constexpr unsigned JTAG_LISTEN_CYCLES = 256;  // between looks for a debugger, if there may be one
constexpr int STANDSTILL_MILLISECONDS = 100;  // between looks at signals while time stands still

struct Options {
    std::string image, report, trace, profile;
    uint64_t max_cycles = UINT64_MAX;
    bool watch = true, input = false;
    int jtag = -1;
    std::string jtag_start;
    struct Dump {
        uint32_t address, bytes;
        std::string file;
    };
    std::vector<Dump> dumps;
};

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--no-watch") { options.watch = false; continue; }
        if (name == "--stdin") { options.input = true; continue; }
        if (++i >= argc) fail(name + " must be followed by a value");
        const std::string value = argv[i];
        if (name == "--image") options.image = value;
        else if (name == "--report") options.report = value;
        else if (name == "--profile") options.profile = value;
        else if (name == "--trace") options.trace = value;
        else if (name == "--jtag") options.jtag = atoi(argv[i]);
        else if (name == "--jtag-start") options.jtag_start = value;
        else if (name == "--max-cycles") options.max_cycles = strtoull(argv[i], nullptr, 0);
        else if (name == "--dump") {
            char* end = nullptr;
            const uint32_t address = strtoul(argv[i], &end, 0);
            const uint32_t bytes = strtoul(end + 1, &end, 0);
            options.dumps.push_back({address, bytes, end + 1});
        } else fail("Unknown argument " + name);
    }
    return options;
}

// The memories, reached behind the back of the hardware.
class Memories {
public:
    Memories() {
        for (const auto& bank : RUNNER_BANKS) {
            const VerilatedScope* scope = Verilated::scopeFind(bank.scope);
            VerilatedVar* var = scope ? scope->varFind(bank.name) : nullptr;
            if (!var) fail(std::string("The simulator has no memory ") + bank.scope + "." + bank.name);
            words_.push_back(static_cast<IData*>(var->datap()));
            std::fill_n(words_.back(), bank.bytes / 4 / bank.ways, 0);
        }
    }

    // The word that holds `address`, or nullptr.
    IData* word(uint32_t address) {
        for (size_t i = 0; i < words_.size(); ++i) {
            const RunnerBank& bank = RUNNER_BANKS[i];
            const uint32_t offset = address - bank.base;
            if (offset >= bank.bytes || offset / 4 % bank.ways != bank.way) continue;
            return words_[i] + offset / 4 / bank.ways;
        }
        return nullptr;
    }

    // Reads segments of {address, bytes: 32-bit little-endian, data} up to the end of the file.
    void load(const std::string& file) {
        FILE* input = fopen(file.c_str(), "rb");
        if (!input) fail("Could not open " + file);
        uint32_t head[2];
        while (fread(head, sizeof head, 1, input) == 1) {
            for (uint32_t i = 0; i < head[1]; ++i) {
                IData* place = word(head[0] + i);
                const int byte = fgetc(input);
                if (!place || byte == EOF) fail("Image does not fit the memories");
                const unsigned shift = (head[0] + i) % 4 * 8;
                *place = (*place & ~(0xFFu << shift)) | static_cast<uint32_t>(byte) << shift;
            }
        }
        fclose(input);
    }

    void dump(const Options::Dump& dump) {
        FILE* output = fopen(dump.file.c_str(), "wb");
        if (!output) fail("Could not write " + dump.file);
        for (uint32_t address = dump.address; address - dump.address < dump.bytes; ++address) {
            const IData* place = word(address);
            fputc(place ? *place >> address % 4 * 8 & 0xFF : 0, output);
        }
        fclose(output);
    }

private:
    std::vector<IData*> words_;
};

// The far end of the serial line: decodes what the chip sends, sends what stdin has.
class Serial {
public:
    uint32_t divisor = RUNNER_UART_DIVISOR;

    void receive(bool line) {  // once a cycle with the chip's tx
        if (wait_ == 0) {
            if (!line) { wait_ = divisor + divisor / 2; bits_ = 0; }
            return;
        }
        if (--wait_ != 0) return;
        if (bits_ < 8) {
            shift_ = shift_ >> 1 | line << 7;
            ++bits_;
            wait_ = divisor;
        } else if (line) {  // a stop bit; without one the byte is lost
            putchar(shift_);
            fresh_ = true;
        }
    }

    bool send() {  // once a cycle; returns the chip's rx
        if (gap_ == 0) return true;
        if (--gap_ % divisor == 0 && frame_ != 1) frame_ >>= 1;
        return frame_ & 1;
    }

    void poll_input() {
        if (gap_ != 0) return;
        pollfd source = {STDIN_FILENO, POLLIN, 0};
        unsigned char byte;
        if (poll(&source, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) == 1) {
            frame_ = 0x600u | byte << 1;  // start bit, data, stop bit, and a 1 that stays
            gap_ = 10 * divisor + INPUT_GAP_CYCLES / divisor * divisor;
        }
    }

    void flush() {
        if (fresh_) fflush(stdout);
        fresh_ = false;
    }

private:
    uint32_t wait_ = 0, bits_ = 0, shift_ = 0, gap_ = 0, frame_ = 1;
    bool fresh_ = false;
};

// A debugger that speaks OpenOCD's remote_bitbang protocol, one at a time.
class Debugger {
public:
    explicit Debugger(int listener) : listener_(listener) {}

    bool listens() const { return listener_ >= 0; }
    bool connected() const { return client_ >= 0; }

    // The next character, or 0. Looks for more, for so long, when all are done.
    char next(int milliseconds) {
        if (at_ == input_.size()) fetch(milliseconds);
        return at_ < input_.size() ? input_[at_++] : 0;
    }

    void reply(bool tdo) { output_ += tdo ? '1' : '0'; }

    void close_connection() {
        if (client_ >= 0) close(client_);
        client_ = -1;
    }

private:
    const int listener_;
    int client_ = -1;
    size_t at_ = 0;
    std::string input_, output_;

    // One who does not take the answers is waited for, but not beyond a signal.
    void answer() {
        for (size_t sent = 0; sent < output_.size() && !interrupted;) {
            const ssize_t count = send(client_, &output_[sent], output_.size() - sent,
                                       MSG_NOSIGNAL | MSG_DONTWAIT);
            if (count > 0) {
                sent += count;
            } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
                pollfd sink = {client_, POLLOUT, 0};
                poll(&sink, 1, STANDSTILL_MILLISECONDS);
            } else {
                close_connection();
                break;
            }
        }
        output_.clear();
    }

    void fetch(int milliseconds) {
        input_.clear();
        at_ = 0;
        answer();
        pollfd source = {connected() ? client_ : listener_, POLLIN, 0};
        if (poll(&source, 1, milliseconds) <= 0) return;
        if (!connected()) {
            client_ = accept(listener_, nullptr, nullptr);
            return;
        }
        input_.resize(4096);
        const ssize_t count = recv(client_, &input_[0], input_.size(), 0);
        input_.resize(count > 0 ? count : 0);
        if (count == 0) close_connection();
    }
};

// Which buffers belong to jobs under way, and who else touches them.
class Watch {
public:
    struct Conflict {
        uint64_t cycle;
        uint32_t pc, address;
        bool store, job_writes;
        unsigned coprocessor, job, operand;
    };
    std::vector<Conflict> conflicts;
    bool busy = false;

    void submit(unsigned coprocessor, unsigned job, uint64_t cycle) {
        jobs_.push_back({coprocessor, job, cycle, false, {}});
        busy = true;
    }

    void operand(unsigned number, uint32_t address, uint32_t row_bytes, uint32_t rows,
                 uint32_t stride, bool write) {
        if (row_bytes && rows) {
            jobs_.back().operands.push_back({number, address, row_bytes, rows, stride, write});
        }
    }

    void forget() {
        jobs_.clear();
        busy = false;
    }

    // `completed` is the number of the last job that ended.
    void complete(unsigned coprocessor, unsigned completed) {
        for (size_t i = 0; i < jobs_.size();) {
            const Job& job = jobs_[i];
            if (job.coprocessor == coprocessor && int16_t(completed - job.number) >= 0) {
                jobs_.erase(jobs_.begin() + i);
            } else {
                ++i;
            }
        }
        busy = !jobs_.empty();
    }

    // A load or store that has retired, in program order.
    void access(uint64_t cycle, uint32_t pc, uint32_t address, uint32_t read, uint32_t write) {
        for (Job& job : jobs_) {
            if (!job.armed) {
                // The job is the program's from its store to START on, and that retires some
                // cycles after the coprocessor has seen it.
                job.armed = cycle - job.cycle > ARMING_CYCLES
                    || (write && (address & ~3u) == RUNNER_COPROCESSORS[job.coprocessor].control);
                continue;
            }
            for (const Operand& operand : job.operands) {
                if (!write && !operand.write) continue;  // both read
                for (unsigned byte = 0; byte < 4; ++byte) {
                    if (((read | write) >> byte & 1) && operand.holds((address & ~3u) + byte)) {
                        note({cycle, pc, (address & ~3u) + byte, write != 0, operand.write,
                              job.coprocessor, job.number, operand.number});
                        break;
                    }
                }
            }
        }
    }

private:
    struct Operand {
        uint32_t number, address, row_bytes, rows, stride;
        bool write;
        bool holds(uint32_t byte) const {
            // Rows may overlap or run backwards, so each is asked where they are few; a stride of
            // at least a row makes the row a division.
            const uint32_t offset = byte - address;
            if (stride >= row_bytes) {
                return offset / stride < rows && offset % stride < row_bytes;
            }
            for (uint32_t row = 0, start = address; row < rows; ++row, start += stride) {
                if (byte - start < row_bytes) return true;
            }
            return false;
        }
    };
    struct Job {
        unsigned coprocessor, number;
        uint64_t cycle;
        bool armed;
        std::vector<Operand> operands;
    };
    std::vector<Job> jobs_;

    void note(const Conflict& conflict) {
        for (const Conflict& known : conflicts) {
            if (known.pc == conflict.pc && known.coprocessor == conflict.coprocessor
                && known.operand == conflict.operand) return;  // once for each place in the program
        }
        if (conflicts.size() < MOST_CONFLICTS) conflicts.push_back(conflict);
    }
};

// What the core does, as its retirement port tells.
struct Core {
    uint64_t retired = 0;
    uint64_t next_order = 0;  // that the retirement port will give, unless a debugger resets the chip
    uint32_t pc = 0;
    uint32_t next_pc = 0;
    bool in_interrupt = false;  // an interrupt was taken, and no mret since
    uint32_t interrupted_at = 0;  // the pc to which its handler would return
    bool in_trap = false;  // an exception was raised, and no mret since
    struct {
        uint32_t pc, instruction, base, came_from, handler;
    } trap = {};  // the first such exception
    uint32_t last_trap_pc = 0;
    unsigned repeated = 0;  // how often the latest one has come again
};

// How often each instruction came behind each other one, and how long that took.
class Profile {
public:
    struct Site {
        uint32_t pc, insn, next_pc, region;  // region: base of the memory accessed, or 0
        bool trap, intr;
        bool operator==(const Site& other) const {
            return std::tie(pc, insn, next_pc, region, trap, intr)
                == std::tie(other.pc, other.insn, other.next_pc, other.region, other.trap,
                            other.intr);
        }
    };

    void see(bool sleeping) {  // once a cycle, before `retire`
        asleep_ = asleep_ << 1 | sleeping;
        slept_ += asleep_ >> 2 & 1;  // an instruction in execute retires 2 cycles later
    }

    void retire(uint64_t cycle, const Site& site) {
        const uint64_t slept = site.insn == WFI && !site.trap ? slept_ : 0;
        slept_ = 0;
        if (site.trap) asleep_ &= ~2u;  // a wfi behind it was never to execute
        const auto [place, fresh] = numbers_.try_emplace(site, sites_.size());
        if (fresh) sites_.push_back(site);
        const uint64_t number = place->second;
        if (last_cycle_) {
            Step& step = steps_[last_ << 32 | number];
            ++step.count;
            step.cycles += cycle - last_cycle_ - slept;
            step.slept += slept;
        }
        last_ = number;
        last_cycle_ = cycle;
    }

    // Lines "site pc insn next_pc region trap intr" and, with numbers of such lines, "step first
    // second count cycles slept": cycles between their retirements but for those that the second
    // slept.
    void write(const std::string& file) const {
        FILE* output = fopen(file.c_str(), "w");
        if (!output) fail("Could not write " + file);
        for (const Site& site : sites_) {
            fprintf(output, "site %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %d %d\n", site.pc,
                    site.insn, site.next_pc, site.region, site.trap, site.intr);
        }
        for (const auto& [key, step] : steps_) {
            fprintf(output, "step %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                    key >> 32, key & 0xFFFFFFFF, step.count, step.cycles, step.slept);
        }
        fclose(output);
    }

private:
    struct Hash {
        size_t operator()(const Site& site) const {
            return (site.pc * 0x9E3779B97F4A7C15ull) ^ (site.next_pc * 0xC2B2AE3D27D4EB4Full)
                ^ site.insn ^ site.region;
        }
    };
    struct Step {
        uint64_t count, cycles, slept;
    };
    std::unordered_map<Site, uint64_t, Hash> numbers_;
    std::vector<Site> sites_;
    std::unordered_map<uint64_t, Step> steps_;
    uint64_t last_ = 0, last_cycle_ = 0, slept_ = 0;
    uint32_t asleep_ = 0;
};

class Runner {
public:
    explicit Runner(const Options& options)
        : options_(options), soc_(new Vrunner), debugger_(options.jtag) {}

    void run() {
        reset();
        memories_.reset(new Memories);
        memories_->load(options_.image);
        open_trace();
        const auto start = std::chrono::steady_clock::now();
        while (reason_ == nullptr) {
            if (debugger_.listens()) serve_debugger();
            if (!interrupted) {
                advance(debugger_.listens() ? JTAG_LISTEN_CYCLES : HOUSEKEEPING_CYCLES);
            }
            serial_.flush();
            if (options_.input) serial_.poll_input();
            if (reason_ != nullptr) break;
            // A debugger may look at a program that has ended.
            if (ended_at_ && (!debugger_.connected() || interrupted
                              || cycle_ >= options_.max_cycles)) {
                reason_ = "exit";
            } else if (interrupted) reason_ = "interrupted";
            else if (cycle_ >= options_.max_cycles) reason_ = "cycle_limit";
        }
        seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        finish();
    }

private:
    const Options options_;
    std::unique_ptr<Vrunner> soc_;
    std::unique_ptr<Memories> memories_;
    Debugger debugger_;
    Serial serial_;
    Watch watch_;
    Profile profile_;
    Core core_;
    uint64_t cycle_ = 0, ended_at_ = 0;
    double seconds_ = 0;
    const char* reason_ = nullptr;
    uint32_t exit_code_ = 0;
#ifdef RUNNER_TRACE
    Tracer tracer_;
#endif

    // So many cycles, but none after the end.
    void advance(uint64_t cycles) {
        const uint64_t pause = cycle_ + cycles;
        const uint64_t end = pause < options_.max_cycles ? pause : options_.max_cycles;
        while (cycle_ < end && reason_ == nullptr) step();
    }

#ifdef RUNNER_JTAG
    // Does what a debugger sends. While it has halted the core, time stands still in between.
    void serve_debugger() {
        bool settled = false;
        while (reason_ == nullptr && !interrupted && cycle_ < options_.max_cycles) {
            if (ended_at_ && !debugger_.connected()) return;
            const char character = debugger_.next(settled ? STANDSTILL_MILLISECONDS : 0);
            if (!character) {
                if (!soc_->halted) return;
                if (!settled) advance(JTAG_SETTLE_CYCLES);
                settled = true;
                serial_.flush();
                continue;
            }
            settled = false;
            if (character == 'R') debugger_.reply(soc_->tdo);
            else if (character == 'Q') debugger_.close_connection();
            else if (set_pins(character)) advance(JTAG_CHARACTER_CYCLES);
        }
    }

    bool set_pins(char character) {
        if (character < '0' || character > '7') return false;
        soc_->tck = character >> 2 & 1;
        soc_->tms = character >> 1 & 1;
        soc_->tdi = character & 1;
        return true;
    }
#else
    void serve_debugger() {}
#endif

    void reset() {
        soc_->uart_rx = 1;
#ifdef RUNNER_JTAG
        if (!options_.jtag_start.empty()) {
            soc_->hold = 1;
            for (const char character : options_.jtag_start) {
                set_pins(character);
                for (unsigned i = 0; i < JTAG_CHARACTER_CYCLES; ++i) tick();
            }
            soc_->hold = 0;
            tick();
            return;
        }
#endif
        for (int i = 0; i < RUNNER_RESET_CYCLES; ++i) tick();
    }

    void tick() {
        soc_->clk = 1;
        soc_->eval();
        soc_->clk = 0;
        soc_->eval();
    }

    void open_trace() {
#ifdef RUNNER_TRACE
        soc_->trace(&tracer_, 99);
        tracer_.open(options_.trace.c_str());
        if (!tracer_.isOpen()) fail("Could not write " + options_.trace);
#endif
    }

    // Records the signals after so many half periods of the clock; traces count picoseconds.
    void trace(uint64_t half_periods) {
#ifdef RUNNER_TRACE
        const unsigned __int128 scaled = half_periods * (unsigned __int128){500'000'000'000};
        tracer_.dump(static_cast<uint64_t>(scaled / RUNNER_CLOCK_HZ));
#else
        (void)half_periods;
#endif
    }

    void step() {
        Vrunner& soc = *soc_;
        soc.clk = 1;
        soc.eval();
        trace(2 * cycle_);
        ++cycle_;
        serial_.receive(soc.uart_tx);
        if (options_.input) soc.uart_rx = serial_.send();
        if (!ended_at_) observe();
        soc.clk = 0;
        soc.eval();
        trace(2 * cycle_ - 1);
    }

    void observe() {
        Vrunner& soc = *soc_;
        if (options_.watch) observe_jobs();
        if (!options_.profile.empty()) profile();
        if (soc.RVFI(valid)) retire();
        if (!soc.RUNNER_EXIT_VALID) return;
        ended_at_ = cycle_;
        exit_code_ = soc.RUNNER_EXIT_CODE;
        if (!debugger_.connected()) reason_ = "exit";
        else fprintf(stderr, "gluechip: the program has ended; the run ends with the debugger\n");
    }

    void observe_jobs() {
        Vrunner& soc = *soc_;
        if (watch_.busy) observe_completed(soc, watch_);
        observe_submitted(soc, watch_, cycle_);
    }

    void profile() {
        Vrunner& soc = *soc_;
        profile_.see(soc.RUNNER_SLEEPING);
        if (!soc.RVFI(valid)) return;
        uint32_t region = 0;
        if (soc.RVFI(mem_rmask) | soc.RVFI(mem_wmask)) {
            for (const RunnerBank& bank : RUNNER_BANKS) {
                if (soc.RVFI(mem_addr) - bank.base < bank.bytes) region = bank.base;
            }
        }
        profile_.retire(cycle_, {soc.RVFI(pc_rdata), soc.RVFI(insn), soc.RVFI(pc_wdata), region,
                                 bool(soc.RVFI(trap)), bool(soc.RVFI(intr))});
    }

    // The chip has been reset: no job is left, no trap is under way, the line has its first speed.
    void forget() {
        const uint64_t retired = core_.retired;
        core_ = {};
        core_.retired = retired;
        watch_.forget();
        serial_.divisor = RUNNER_UART_DIVISOR;
    }

    void retire() {
        Vrunner& soc = *soc_;
        if (soc.RVFI(order) != core_.next_order) forget();
        core_.next_order = soc.RVFI(order) + 1;
        ++core_.retired;
        const uint32_t came_from = core_.pc;
        core_.pc = soc.RVFI(pc_rdata);
        if (soc.RVFI(intr)) {
            core_.in_interrupt = true;
            core_.interrupted_at = core_.next_pc;
        }
        core_.next_pc = soc.RVFI(pc_wdata);
        const uint32_t read = soc.RVFI(mem_rmask), write = soc.RVFI(mem_wmask);
        if (soc.RVFI(trap)) {
            if (!core_.in_trap) {
                core_.trap = {core_.pc, soc.RVFI(insn), soc.RVFI(rs1_rdata), came_from,
                              soc.RVFI(pc_wdata)};
                core_.repeated = 0;
            }
            core_.repeated = core_.last_trap_pc == core_.pc ? core_.repeated + 1 : 0;
            core_.in_trap = true;
            core_.last_trap_pc = core_.pc;
            if (core_.repeated == TRAP_LOOP) reason_ = "trap_loop";
            return;
        }
        if (soc.RVFI(insn) == MRET) core_.in_trap = core_.in_interrupt = false;
        if (!(read | write)) return;
        const uint32_t address = soc.RVFI(mem_addr);
        if (watch_.busy) watch_.access(cycle_, core_.pc, address, read, write);
        if (write && address == RUNNER_UART_DIVISOR_ADDRESS) {
            // The store retires before the line can have begun a byte at the new rate.
            const uint32_t divisor = soc.RVFI(mem_wdata) & 0xFFFF;
            if (divisor) serial_.divisor = divisor;
        }
    }

    void finish() {
#ifdef RUNNER_TRACE
        tracer_.close();
#endif
        fflush(stdout);
        for (const auto& dump : options_.dumps) memories_->dump(dump);
        if (!options_.profile.empty()) profile_.write(options_.profile);
        FILE* report = fopen(options_.report.c_str(), "w");
        if (!report) fail("Could not write " + options_.report);
        fprintf(report, "reason %s\nexit_code %" PRIu32 "\ncycles %" PRIu64 "\nretired %" PRIu64
                "\nseconds %.6f\npc %" PRIu32 "\nsleeping %d\n",
                reason_, exit_code_, ended_at_ ? ended_at_ : cycle_, core_.retired, seconds_, core_.pc,
                int(soc_->RUNNER_SLEEPING));
        if (core_.in_interrupt) {
            fprintf(report, "interrupted_at %" PRIu32 "\n", core_.interrupted_at);
        }
        if (core_.in_trap) {
            fprintf(report, "trap %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
                    core_.trap.pc, core_.trap.instruction, core_.trap.base, core_.trap.came_from,
                    core_.trap.handler);
        }
        for (const auto& conflict : watch_.conflicts) {
            fprintf(report, "conflict %" PRIu64 " %" PRIu32 " %" PRIu32 " %d %d %u %u %u\n",
                    conflict.cycle, conflict.pc, conflict.address, conflict.store,
                    conflict.job_writes, conflict.coprocessor, conflict.job, conflict.operand);
        }
        fclose(report);
    }
};

}  // namespace

int main(int argc, char** argv) {
    struct sigaction action = {};
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody waits for a run whose parent is gone
#endif
#ifdef RUNNER_TRACE
    Verilated::traceEverOn(true);
#endif
    Runner(parse(argc, argv)).run();
    return EXIT_SUCCESS;
}
