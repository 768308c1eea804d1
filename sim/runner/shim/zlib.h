// As much of zlib as Verilator's FST writer calls, so that waveforms need no package of the
// distribution. It stores without compressing (RFC 1950, RFC 1951 section 3.2.4); the writer keeps
// the plain bytes wherever that is not smaller.
#pragma once

#include <cstdint>
#include <cstring>

typedef unsigned char Bytef;
typedef unsigned long uLong;
typedef unsigned long uLongf;
constexpr int Z_OK = 0;
constexpr int Z_BUF_ERROR = -5;

inline uLong compressBound(uLong size) { return size + 5 * (size / 65535 + 1) + 6; }

inline int compress2(Bytef* destination, uLongf* destination_size, const Bytef* source, uLong size,
                     int) {
    if (*destination_size < compressBound(size)) return Z_BUF_ERROR;
    Bytef* out = destination;
    *out++ = 0x78;
    *out++ = 0x01;
    uint32_t low = 1, high = 0;  // Adler-32
    for (uLong at = 0; at < size; ++at) {
        low = (low + source[at]) % 65521;
        high = (high + low) % 65521;
    }
    uLong at = 0;
    do {
        const uLong count = size - at < 65535 ? size - at : 65535;
        *out++ = at + count == size;
        for (const uLong word : {count, ~count}) {
            *out++ = static_cast<Bytef>(word);
            *out++ = static_cast<Bytef>(word >> 8);
        }
        memcpy(out, source + at, count);
        out += count;
        at += count;
    } while (at < size);
    for (const uint32_t half : {high, low}) {
        *out++ = static_cast<Bytef>(half >> 8);
        *out++ = static_cast<Bytef>(half);
    }
    *destination_size = out - destination;
    return Z_OK;
}
