/* Ends with what a debugger puts into a variable. */
volatile int released;

int main(void)
{
    while (!released) {
    }
    return released;
}
