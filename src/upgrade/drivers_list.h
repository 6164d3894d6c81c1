/* The one list of drivers. DRIVERS_LIST(X): X(name): --driver name is upgrade_driver_name of driver.h. The first one
 * is what is used without --driver. May be empty. */
#ifndef UPGRADE_DRIVERS_LIST_H
#define UPGRADE_DRIVERS_LIST_H

#define DRIVERS_LIST(X) X(process) X(container) X(kubernetes)

#endif
