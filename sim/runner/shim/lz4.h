// LZ4 block compression, as much of liblz4 as Verilator's FST writer calls, so that waveforms need
// no package of the distribution. Source: LZ4 block format description. Greedy, with one table of
// last positions: files are some per cent larger than liblz4's.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

inline int LZ4_compressBound(int size) { return size + size / 255 + 16; }

namespace gluechip_lz4 {

inline unsigned char* put_length(unsigned char* out, int length) {
    for (length -= 15; length >= 255; length -= 255) *out++ = 255;
    *out++ = static_cast<unsigned char>(length);
    return out;
}

// One sequence: literals, then a match unless `match` is 0.
inline unsigned char* put_sequence(unsigned char* out, const unsigned char* literals, int count,
                                   int distance, int match) {
    const int extra = match ? match - 4 : 0;
    *out++ = static_cast<unsigned char>((count < 15 ? count : 15) << 4 | (extra < 15 ? extra : 15));
    if (count >= 15) out = put_length(out, count);
    memcpy(out, literals, count);
    out += count;
    if (match) {
        *out++ = static_cast<unsigned char>(distance);
        *out++ = static_cast<unsigned char>(distance >> 8);
        if (extra >= 15) out = put_length(out, extra);
    }
    return out;
}

inline uint32_t word(const unsigned char* at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

}  // namespace gluechip_lz4

// `capacity` must be at least LZ4_compressBound(size). Returns the compressed size.
inline int LZ4_compress_default(const char* source, char* destination, int size, int capacity) {
    using namespace gluechip_lz4;
    if (capacity < LZ4_compressBound(size)) return 0;
    const unsigned char* in = reinterpret_cast<const unsigned char*>(source);
    unsigned char* const start = reinterpret_cast<unsigned char*>(destination);
    unsigned char* out = start;
    std::vector<int> last(1 << 13, -1);
    int literals = 0, at = 0;
    while (at + 12 < size) {  // the format wants no match to begin in the last 12 bytes,
        const uint32_t here = word(in + at);
        int& slot = last[here * 2654435761u >> 19];
        const int candidate = slot;
        slot = at;
        if (candidate < 0 || at - candidate > 65535 || word(in + candidate) != here) {
            ++at;
            continue;
        }
        int match = 4;
        while (at + match < size - 5 && in[candidate + match] == in[at + match]) ++match;
        // and the last 5 to be literals
        out = put_sequence(out, in + literals, at - literals, at - candidate, match);
        at += match;
        literals = at;
    }
    out = put_sequence(out, in + literals, size - literals, 0, 0);
    return static_cast<int>(out - start);
}
