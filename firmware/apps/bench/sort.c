/* Quicksort and heapsort of the same numbers. */
#include "bench.h"

#define COUNT 400
#define FEW 8 /* so many are sorted by insertion */

static int32_t quick[COUNT], heap[COUNT];

void sort_prepare(void)
{
    uint32_t state = 5;
    for (int i = 0; i < COUNT; i++)
        quick[i] = heap[i] = (int32_t)bench_random(&state) >> (i % 3 == 0 ? 24 : 0);
}

static void swap(int32_t *a, int32_t *b)
{
    const int32_t kept = *a;
    *a = *b;
    *b = kept;
}

static void insertion_sort(int32_t *first, int32_t *last)
{
    for (int32_t *next = first + 1; next <= last; next++) {
        const int32_t value = *next;
        int32_t *hole = next;
        for (; hole > first && hole[-1] > value; hole--)
            *hole = hole[-1];
        *hole = value;
    }
}

/* The middle one of the first, the middle and the last number. */
static int32_t pivot_of(const int32_t *first, const int32_t *last)
{
    const int32_t a = *first, b = first[(last - first) / 2], c = *last;
    if (a < b)
        return b < c ? b : a < c ? c : a;
    return a < c ? a : b < c ? c : b;
}

static void quicksort(int32_t *first, int32_t *last)
{
    while (last - first >= FEW) {
        const int32_t pivot = pivot_of(first, last);
        int32_t *low = first, *high = last;
        while (low <= high) {
            while (*low < pivot)
                low++;
            while (*high > pivot)
                high--;
            if (low <= high)
                swap(low++, high--);
        }
        /* The smaller part by a call of its own, which bounds the depth by log2(COUNT). */
        if (high - first < last - low) {
            quicksort(first, high);
            first = low;
        } else {
            quicksort(low, last);
            last = high;
        }
    }
    insertion_sort(first, last);
}

static void sift_down(int32_t *values, int root, int count)
{
    const int32_t value = values[root];
    for (int child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && values[child + 1] > values[child])
            child++;
        if (values[child] <= value)
            break;
        values[root] = values[child];
    }
    values[root] = value;
}

static void heapsort(int32_t *values, int count)
{
    for (int root = count / 2 - 1; root >= 0; root--)
        sift_down(values, root, count);
    while (--count > 0) {
        swap(&values[0], &values[count]);
        sift_down(values, 0, count);
    }
}

/* A digest of the sorted numbers; 0 if the two sorts differ. */
uint32_t sort_run(void)
{
    quicksort(quick, quick + COUNT - 1);
    heapsort(heap, COUNT);
    uint32_t digest = BENCH_FOLD_START;
    for (int i = 0; i < COUNT; i++) {
        if (quick[i] != heap[i])
            return 0;
        digest = bench_fold(digest, (uint32_t)quick[i]);
    }
    return digest;
}
