#include <gluechip/gpio.h>
#include <gluechip/hardware.h>

void gluechip_leds_set(uint8_t leds)
{
    GLUECHIP_GPIO->leds = leds;
}

uint8_t gluechip_leds(void)
{
    return (uint8_t)GLUECHIP_GPIO->leds;
}

uint8_t gluechip_buttons(void)
{
    return (uint8_t)GLUECHIP_GPIO->buttons;
}

uint8_t gluechip_buttons_changed(void)
{
    const uint32_t changed = GLUECHIP_GPIO->buttons_changed;
    GLUECHIP_GPIO->buttons_changed = changed;
    return (uint8_t)changed;
}

void gluechip_buttons_enable_interrupt(uint8_t buttons)
{
    GLUECHIP_GPIO->interrupt_enable = buttons;
}
