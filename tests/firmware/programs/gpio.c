/* output:
leds 00 a5 ff
exit: 0
*/
#include <stdio.h>

#include <gluechip/gpio.h>

int main(void)
{
    printf("leds %02x", gluechip_leds());
    gluechip_leds_set(0xa5);
    printf(" %02x", gluechip_leds());
    gluechip_leds_set(0xff);
    printf(" %02x\n", gluechip_leds());
    return gluechip_buttons() != 0;
}
