/* output:
outside of RAM: an operand does not lie in RAM
read forbidden: the guard forbade an access
write forbidden: the guard forbade an access
result untouched
after the errors: ok, 6
window that is locked: the guard forbade an access
exit: 0
*/
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>

static int8_t a[8] __attribute__((aligned(8))) = {1, 1, 1}, b[8] = {1, 2, 3};
static int32_t c[2] __attribute__((aligned(8))) = {77, 77};

static void show(const char *what, gluechip_status_t status)
{
    printf("%s: %s\n", what, gluechip_status_text(status));
}

static gluechip_status_t window(unsigned number, const void *base, uint32_t bytes,
                                gluechip_rights_t rights)
{
    const uint32_t start = (uint32_t)(uintptr_t)base;
    return gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, number, start, start + bytes, rights,
                              false);
}

int main(void)
{
    gluechip_matmul_job_t job = {
        .a = a, .b = b, .c = c, .m = 1, .n = 1, .k = 3, .output = GLUECHIP_OUTPUT_INT32};
    gluechip_matmul_job_t outside = job;
    outside.a = (const void *)GLUECHIP_ITCM_BASE;
    show("outside of RAM", gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &outside));

    window(0, a, 8, GLUECHIP_RIGHTS_READ);
    window(1, c, 8, GLUECHIP_RIGHTS_READ_WRITE);
    show("read forbidden", gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job));
    window(0, (const void *)GLUECHIP_RAM_BASE, GLUECHIP_RAM_SIZE, GLUECHIP_RIGHTS_READ);
    window(1, c, 8, GLUECHIP_RIGHTS_READ);
    show("write forbidden", gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job));
    puts(c[0] == 77 && c[1] == 77 ? "result untouched" : "result touched");
    window(1, c, 8, GLUECHIP_RIGHTS_WRITE);
    const gluechip_status_t status = gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job);
    printf("after the errors: %s, %d\n", gluechip_status_text(status), (int)c[0]);
    gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, 2, 0, 8, GLUECHIP_RIGHTS_NONE, true);
    show("window that is locked", window(2, c, 8, GLUECHIP_RIGHTS_READ));
    return 0;
}
