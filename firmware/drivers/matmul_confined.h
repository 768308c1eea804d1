/* Running a job on an array that is not trusted. */
#ifndef GLUECHIP_DRIVERS_MATMUL_CONFINED_H
#define GLUECHIP_DRIVERS_MATMUL_CONFINED_H

#include <gluechip/matmul.h>

/* GLUECHIP_OK when a plain job may be given to the array: its operands lie in memory and C in RAM,
 * apart from A and B, and the array has nothing else to do. Else _ARGUMENT, _ADDRESS or
 * _QUEUE_FULL. */
gluechip_status_t check_confined(const gluechip_matmul_job_t *job);

/* Runs a job that check_confined() likes, with windows around A, B and C, and closes them: what the
 * array then has written is final. Returns as gluechip_matmul(), and _WINDOW where a locked window
 * is in the way. */
gluechip_status_t run_confined(const gluechip_matmul_job_t *job);

#endif
