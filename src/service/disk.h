/* The file systems that kzgd writes to: of the log file and of the state folder. */
#ifndef SERVICE_DISK_H
#define SERVICE_DISK_H

struct service;

/* Their size and free space, for a scrape. Those that are not used are not exported. */
void disk_metrics(struct service *service);

#endif
