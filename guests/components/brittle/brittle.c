// Exports `task`, and traps when it has no numbers, with debug information.
// flags: -g -O1
#include "brittle.h"

__attribute__((noinline)) static uint32_t share(uint32_t sum, volatile size_t *count) {
    if (*count == 0) // the fault
        __builtin_trap();
    return sum / *count;
}

__attribute__((noinline)) static uint32_t divide(const uint32_t *numbers, size_t count) {
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += numbers[i];
    volatile size_t divisor = count;
    return share(sum, &divisor) + 0 * divisor;
}

uint32_t exports_tambo_demo_task_average(brittle_list_u32_t *numbers) {
    uint32_t result = divide(numbers->ptr, numbers->len);
    brittle_list_u32_free(numbers);
    return result;
}
