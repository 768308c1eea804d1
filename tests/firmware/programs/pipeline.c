/* output:
prepare: ok
prepare what is illegal: an argument is outside its legal range
prepare what is not in RAM: *
submit prepared: ok, same result
pipeline of 6 on the coprocessor: ok, 6 jobs ended, right
pipeline of 6 on the core: ok, 6 jobs ended, right
wait for what has ended: ok
wait for more than were submitted: an argument is outside its legal range
exit: 0
*/
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/matmul.h>
#include <gluechip/pipeline.h>

#define SIZE 8
#define JOBS 6

static int8_t numbers[SIZE * SIZE], products[2][SIZE * SIZE];
static int8_t rotation[SIZE * SIZE], values[JOBS + 1][SIZE];

static const gluechip_matmul_job_t square = {
    .a = numbers, .b = numbers, .c = products[0], .m = SIZE, .n = SIZE, .k = SIZE,
    .output = GLUECHIP_OUTPUT_INT8, .clamp_minimum = -128, .clamp_maximum = 127,
    .scale_multiplier = 1 << 30, .scale_shift = -3,
};

static const char *text(gluechip_status_t status)
{
    return gluechip_status_text(status);
}

/* Each job moves the numbers on by one place; cycles must be counted for each. */
static void move_on(gluechip_backend_t backend, const char *name)
{
    gluechip_matmul_prepared_t prepared[JOBS];
    gluechip_matmul_job_t jobs[JOBS];
    uint32_t cycles[JOBS] = {0};
    gluechip_pipeline_t pipeline = {.backend = backend};
    gluechip_status_t status = GLUECHIP_OK;
    memset(values, 0, sizeof values);
    for (int i = 0; i < SIZE; i++)
        values[0][i] = (int8_t)(i * 7 - 20);
    for (int i = 0; i < JOBS && status == GLUECHIP_OK; i++) {
        jobs[i] = square;
        jobs[i].a = values[i], jobs[i].b = rotation, jobs[i].c = values[i + 1];
        jobs[i].m = 1;
        jobs[i].scale_shift = 1; /* times 1 */
        status = gluechip_matmul_prepare(&jobs[i], &prepared[i]);
    }
    for (int i = 0; i < JOBS && status == GLUECHIP_OK; i++)
        status = gluechip_pipeline_submit(&pipeline, &prepared[i], &cycles[i]);
    if (status == GLUECHIP_OK)
        status = gluechip_pipeline_wait(&pipeline, JOBS - 2);
    for (int looks = 0; looks < 10000 && status == GLUECHIP_OK && pipeline.ended < JOBS; looks++)
        status = gluechip_pipeline_look(&pipeline);
    int right = 1;
    for (int i = 0; i < SIZE; i++)
        right &= values[JOBS][(i + JOBS) % SIZE] == values[0][i];
    printf("pipeline of %d on the %s: %s, %u jobs ended, %s\n", JOBS, name, text(status),
           pipeline.ended, right ? "right" : "wrong");
    if (backend == GLUECHIP_BACKEND_CPU) {
        printf("wait for what has ended: %s\n", text(gluechip_pipeline_wait(&pipeline, 2)));
        printf("wait for more than were submitted: %s\n",
               text(gluechip_pipeline_wait(&pipeline, JOBS + 1)));
    }
}

int main(void)
{
    for (int i = 0; i < SIZE * SIZE; i++)
        numbers[i] = (int8_t)(i * 37 % 101 - 50);
    for (int i = 0; i < SIZE; i++)
        rotation[(i + 1) % SIZE * SIZE + i] = 1;

    gluechip_matmul_prepared_t prepared, other;
    gluechip_ticket_t ticket;
    gluechip_status_t status = gluechip_matmul_prepare(&square, &prepared);
    printf("prepare: %s\n", text(status));
    gluechip_matmul_job_t wrong = square;
    wrong.clamp_maximum = 128;
    printf("prepare what is illegal: %s\n", text(gluechip_matmul_prepare(&wrong, &other)));
    wrong = square;
    wrong.b = (const void *)GLUECHIP_ITCM_BASE;
    printf("prepare what is not in RAM: %s\n", text(gluechip_matmul_prepare(&wrong, &other)));

    wrong = square;
    wrong.c = products[1];
    gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &wrong);
    status = gluechip_matmul_submit_prepared(GLUECHIP_BACKEND_COPROCESSOR, &prepared, NULL, &ticket);
    if (status == GLUECHIP_OK)
        status = gluechip_wait(&ticket, 100000);
    printf("submit prepared: %s, %s result\n", text(status),
           memcmp(products[0], products[1], sizeof products[0]) == 0 ? "same" : "another");
    move_on(GLUECHIP_BACKEND_COPROCESSOR, "coprocessor");
    move_on(GLUECHIP_BACKEND_CPU, "core");
    return 0;
}
