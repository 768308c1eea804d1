/* LEDs and buttons. No call waits, and none can fail. */
#ifndef GLUECHIP_GPIO_H
#define GLUECHIP_GPIO_H

#include <stdint.h>

/* Lights LED i when bit i of `leds` is 1, and switches it off else. */
void gluechip_leds_set(uint8_t leds);

/* The LEDs as they are. */
uint8_t gluechip_leds(void);

/* Bit i is 1 while button i is pressed. Not debounced. */
uint8_t gluechip_buttons(void);

/* Buttons pressed or released since the last call. */
uint8_t gluechip_buttons_changed(void);

/* Chooses the buttons whose changes raise the interrupt GLUECHIP_INTERRUPT_GPIO. */
void gluechip_buttons_enable_interrupt(uint8_t buttons);

#endif
