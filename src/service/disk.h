/* The file systems that kzgd writes to: of the log file and of the state folder. */
#ifndef SERVICE_DISK_H
#define SERVICE_DISK_H

struct service;

#define DISK_PATH_MAX 4096

/* The folder that the file is in; "" for "". The log file itself may be gone for a moment while it is rotated. */
void disk_folder_of(const char *file, char out[DISK_PATH_MAX]);

/* Their size and free space, for a scrape. Those that are not used are not exported. */
void disk_metrics(struct service *service);

#endif
