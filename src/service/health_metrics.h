/* The health's figures for the metrics. */
#ifndef SERVICE_HEALTH_METRICS_H
#define SERVICE_HEALTH_METRICS_H

struct service;

/* Before a read of the metrics, on the administration's thread. */
void health_metrics(struct service *service);

#endif
