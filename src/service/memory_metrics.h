/* Memory's figures for the metrics: read from where they are kept. */
#ifndef SERVICE_MEMORY_METRICS_H
#define SERVICE_MEMORY_METRICS_H

struct service;

/* Before a read of the registry, on the thread that reads it. */
void memory_metrics_read(struct service *service);

#endif
