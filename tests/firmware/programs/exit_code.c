/* output:
leaving
exit: 3
*/
#include <stdio.h>
#include <stdlib.h>

static int data = 3;
static int zero[100];

static void leave(void)
{
    for (int i = 0; i < 100; i++)
        if (zero[i] != 0)
            exit(1);
    puts("leaving");
    exit(data);
}

int main(void)
{
    leave();
    return 0;
}
