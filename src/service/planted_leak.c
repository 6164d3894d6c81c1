#include "service/planted_leak.h"

#include "service/memory.h"

void planted_leak(void) {
    void *volatile forgotten = memory_take(MEMORY_TAG_QUEUE, 4096);
    (void)forgotten;
}
