/* output:
before

*** assertion failed: value == 5 (assertion.c:*)
exit: 224
*/
#include <assert.h>
#include <stdio.h>

int main(void)
{
    volatile int value = 4;
    puts("before");
    assert(value == 4);
    assert(value == 5);
    return 0;
}
