/* Commits to 2^12 leaves by their Merkle tree, opens some of them, checks their paths and sees
 * wrong ones rejected. Compares the coprocessor in batches, the coprocessor node by node, and the
 * core, on a smaller tree.
 *
 * LEVELS, CORE_LEVELS: of the tree and of the smaller one, from 6 to 12; 12 and 6 unless defined.
 */
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>

#include "tree.h"

#ifndef LEVELS
#define LEVELS 12
#endif
#ifndef CORE_LEVELS
#define CORE_LEVELS 6
#endif

#define IS_LEGAL(levels)                                                                           \
    ((levels) >= PIECE_LEVELS && (levels) <= PIECE_LEVELS + PIECES_LEVELS)
_Static_assert(IS_LEGAL(LEVELS), "LEVELS must be from 6 to 12");
_Static_assert(IS_LEGAL(CORE_LEVELS), "CORE_LEVELS must be from 6 to 12");

static tree_t tree;
static int failures;
static uint32_t leaf_cycles; /* for the making of leaves */

/* Leaf `number`: 8 words of a sequence that starts from it (xorshift32 of Marsaglia). */
static void make_leaf(uint32_t number, uint8_t leaf[LEAF_BYTES])
{
    const uint32_t start = gluechip_cycles();
    uint32_t state = (number + 1) * 2654435761u; /* an odd factor: no two leaves start alike */
    uint32_t words[LEAF_BYTES / 4];
    for (unsigned i = 0; i < LEAF_BYTES / 4; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        words[i] = state;
    }
    memcpy(leaf, words, LEAF_BYTES);
    leaf_cycles += gluechip_cycles() - start;
}

static void fail(const char *what, gluechip_status_t status)
{
    printf("FAILED: %s: %s\n", what, gluechip_status_text(status));
    failures++;
}

/* Commits, and prints the root and what it took. */
static void commit(const char *name, way_t way, unsigned levels, digest_t root)
{
    const uint32_t leaves = 1u << levels, hashes = 2 * leaves - 1;
    const uint32_t start = gluechip_cycles();
    leaf_cycles = 0;
    const gluechip_status_t status = tree_commit(&tree, make_leaf, way, levels, root);
    const uint32_t cycles = gluechip_cycles() - start;
    if (status != GLUECHIP_OK) {
        fail(name, status);
        return;
    }
    printf("%-26s %5u leaves %5u hashes %8u cycles, %u a hash; leaves made in %u\n", name,
           (unsigned)leaves, (unsigned)hashes, (unsigned)(cycles - leaf_cycles),
           (unsigned)((cycles - leaf_cycles) / hashes), (unsigned)leaf_cycles);
}

static void print_digest(const char *name, const digest_t digest)
{
    printf("%s ", name);
    for (unsigned i = 0; i < DIGEST_BYTES; i++)
        printf("%02x", digest[i]);
    printf("\n");
}

/* Whether the path is accepted. */
static bool accepts(const digest_t root, uint32_t number, const uint8_t *leaf,
                    const digest_t path[])
{
    bool is_right;
    const gluechip_status_t status = tree_check(GLUECHIP_BACKEND_COPROCESSOR, root, LEVELS,
                                                number, leaf, path, &is_right);
    if (status != GLUECHIP_OK)
        fail("check", status);
    return is_right;
}

/* Opens a leaf and checks its path, which counts in `accepted`; then with a bit of each digest, of
 * the leaf and of the number inverted. Returns how many wrong ones were rejected. */
static unsigned open_and_check(const digest_t root, uint32_t number, unsigned *accepted)
{
    static digest_t path[LEVELS];
    uint8_t leaf[LEAF_BYTES];
    unsigned rejected = 0;
    const gluechip_status_t status = tree_open(&tree, number, leaf, path);
    if (status != GLUECHIP_OK) {
        fail("open", status);
        return 0;
    }
    if (accepts(root, number, leaf, path)) {
        ++*accepted;
    } else {
        printf("FAILED: the path of leaf %u is rejected\n", (unsigned)number);
        failures++;
    }
    for (unsigned level = 0; level < LEVELS; level++) {
        path[level][level] ^= 1;
        rejected += !accepts(root, number, leaf, path);
        path[level][level] ^= 1;
        rejected += !accepts(root, number ^ 1u << level, leaf, path);
    }
    leaf[number % LEAF_BYTES] ^= 0x80;
    return rejected + !accepts(root, number, leaf, path);
}

int main(void)
{
    static const uint32_t numbers[] = {0,
                                       1,
                                       PIECE_LEAVES - 1,
                                       (1u << LEVELS) / 2,
                                       (1u << LEVELS) / 3,
                                       (1u << LEVELS) - 1};
    static digest_t root, other;
    const unsigned count = sizeof numbers / sizeof numbers[0];
    printf("Gluechip merkle (%s): Keccak-256 of leaves of %u bytes and of pairs of digests\n",
           GLUECHIP_CONFIGURATION, LEAF_BYTES);
    commit("core", ON_CORE, CORE_LEVELS, other);
    commit("coprocessor, in batches", BY_BATCH, CORE_LEVELS, root);
    if (memcmp(root, other, sizeof root) != 0)
        printf("FAILED: the roots differ\n"), failures++;
    commit("coprocessor, one by one", ONE_BY_ONE, LEVELS, other);
    commit("coprocessor, in batches", BY_BATCH, LEVELS, root);
    if (memcmp(root, other, sizeof root) != 0)
        printf("FAILED: the roots differ\n"), failures++;
    print_digest("root", root);
    printf("stored: %u digests from level %u up; a path takes the %u leaves of its piece again\n",
           2 * PIECES - 1, PIECE_LEVELS, PIECE_LEAVES);
    unsigned accepted = 0, rejected = 0, wrong = 0;
    for (unsigned i = 0; i < count; i++) {
        rejected += open_and_check(root, numbers[i], &accepted);
        wrong += 2 * LEVELS + 1;
    }
    printf("%u paths opened and accepted, %u of %u wrong ones rejected\n", accepted, rejected, wrong);
    failures += rejected != wrong;
    return failures != 0;
}
