/* Alone, so that a test can have others. */
#include "upgrade/drivers.h"
#include "upgrade/drivers_list.h"

const struct upgrade_driver *const upgrade_drivers[] = {
#define X(name) &upgrade_driver_##name,
    DRIVERS_LIST(X)
#undef X
        NULL,
};
