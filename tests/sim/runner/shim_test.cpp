// Compresses stdin to stdout with lz4.h or zlib.h of the runner's shim.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "lz4.h"
#include "zlib.h"

int main(int argc, char** argv) {
    std::vector<unsigned char> in;
    for (int byte; (byte = getchar()) != EOF;) in.push_back(byte);
    const bool lz4 = argc > 1 && argv[1][0] == 'l';
    uLongf size = lz4 ? LZ4_compressBound(in.size()) : compressBound(in.size());
    std::vector<unsigned char> out(size);
    if (lz4) {
        size = LZ4_compress_default(reinterpret_cast<char*>(in.data()),
                                    reinterpret_cast<char*>(out.data()), in.size(), size);
    } else if (compress2(out.data(), &size, in.data(), in.size(), 9) != Z_OK) {
        return EXIT_FAILURE;
    }
    fwrite(out.data(), 1, size, stdout);
}
