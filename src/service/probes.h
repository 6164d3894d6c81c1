/* Static probes for tracers (bpftrace, perf, SystemTap): places in the program that a tracer can stop at by name
 * while it runs, with arguments. Each is one instruction that does nothing until then. Where the build found no
 * sys/sdt.h they are nothing at all.
 *
 *   kzgd:operation_start   operation, request id (strings), items, worker
 *   kzgd:operation_end     operation, request id, status (strings), duration in ns, worker
 */
#ifndef SERVICE_PROBES_H
#define SERVICE_PROBES_H

#include "service/observe.h"

#if defined KZGD_USDT && KZG_OBSERVE
#include <sys/sdt.h>
#define PROBE_OPERATION_START(operation, id, items, worker) \
    DTRACE_PROBE4(kzgd, operation_start, operation, id, items, worker)
#define PROBE_OPERATION_END(operation, id, status, ns, worker) \
    DTRACE_PROBE5(kzgd, operation_end, operation, id, status, ns, worker)
#else
#define PROBE_OPERATION_START(operation, id, items, worker)    ((void)0)
#define PROBE_OPERATION_END(operation, id, status, ns, worker) ((void)0)
#endif

#endif
