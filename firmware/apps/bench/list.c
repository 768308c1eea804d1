/* Linked list: pushed node by node, searched, reversed, sorted by merging, inserted into in order.
 */
#include <stddef.h>

#include "bench.h"

#define NODES 200
#define SEARCHES 60
#define INSERTS 20

typedef struct node {
    struct node *next;
    int16_t key;
    uint16_t serial; /* when it was made; tells whether the sort is stable */
} node_t;

static node_t nodes[NODES + INSERTS];
static int16_t keys[NODES + INSERTS];

void list_prepare(void)
{
    uint32_t state = 1;
    for (int i = 0; i < NODES + INSERTS; i++)
        keys[i] = (int16_t)(bench_random(&state) % 256 - 128);
}

static node_t *make(int serial)
{
    nodes[serial] = (node_t){.key = keys[serial], .serial = (uint16_t)serial};
    return &nodes[serial];
}

/* Steps to the first node with the key, or the length of the list. */
static uint32_t position(const node_t *list, int16_t key)
{
    uint32_t steps = 0;
    for (; list != NULL && list->key != key; list = list->next)
        steps++;
    return steps;
}

static node_t *reverse(node_t *list)
{
    node_t *reversed = NULL;
    while (list != NULL) {
        node_t *const next = list->next;
        list->next = reversed;
        reversed = list;
        list = next;
    }
    return reversed;
}

/* Of equal keys, those of `a` come first. */
static node_t *merge(node_t *a, node_t *b)
{
    node_t *merged = NULL, **end = &merged;
    while (a != NULL && b != NULL) {
        node_t **const least = b->key < a->key ? &b : &a;
        *end = *least;
        end = &(*least)->next;
        *least = *end;
    }
    *end = a != NULL ? a : b;
    return merged;
}

/* Runs of 2^i nodes wait in runs[i], the later ones in lower places. */
static node_t *sort(node_t *list)
{
    node_t *runs[9] = {NULL}; /* 2^8 > NODES */
    while (list != NULL) {
        node_t *run = list;
        list = list->next;
        run->next = NULL;
        int i = 0;
        for (; runs[i] != NULL; i++) {
            run = merge(runs[i], run);
            runs[i] = NULL;
        }
        runs[i] = run;
    }
    node_t *sorted = NULL;
    for (int i = 0; i < 9; i++)
        sorted = merge(runs[i], sorted);
    return sorted;
}

/* Behind those of the same key. */
static void insert_in_order(node_t **list, node_t *node)
{
    while (*list != NULL && (*list)->key <= node->key)
        list = &(*list)->next;
    node->next = *list;
    *list = node;
}

uint32_t list_run(void)
{
    uint32_t digest = BENCH_FOLD_START;
    node_t *list = NULL;
    for (int i = 0; i < NODES; i++) {
        node_t *const node = make(i);
        node->next = list;
        list = node;
    }
    for (int i = 0; i < SEARCHES; i++)
        digest = bench_fold(digest, position(list, (int16_t)(4 * i - 120)));
    list = sort(reverse(list));
    for (int i = NODES; i < NODES + INSERTS; i++)
        insert_in_order(&list, make(i));
    for (const node_t *node = list; node != NULL; node = node->next)
        digest = bench_fold(digest, (uint32_t)node->key << 16 | node->serial);
    return digest;
}
