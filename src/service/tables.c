#include "service/tables.h"

#include <stdio.h>
#include <string.h>

#include "service/events.h"
#include "service/integrity.h"
#include "service/service.h"

static const char *const names[TABLES_STATES] = {
#define X(NAME, name) name,
    TABLES_LIST(X)
#undef X
};

const char *tables_state_name(enum tables_state state) {
    return names[state];
}

static void refuse(const struct service *service, const char *why, int error) {
    SERVICE_LOG(EVENT_TABLE_CACHE_REFUSED, KZGOPS_STR("path", service->config.table_cache), KZGOPS_STR("reason", why),
                KZGOPS_STR("error", error != 0 ? strerror(error) : ""));
}

/* A context that is made again, since its arithmetic computed wrongly, takes nothing from before. */
static bool is_first(const struct service *service) {
    struct integrity_view view;
    integrity_read(service->integrity, &view);
    return view.quarantined == NULL;
}

void tables_offer(struct service *service, kzg_options *options) {
    struct table_cache *cache = &service->table_cache;
    table_cache_close(cache);
    if (!is_first(service)) return;
    table_cache_open(cache, service->config.table_cache);
    if (cache->why != NULL) refuse(service, cache->why, cache->error);
    options->image = cache->image;
}

void tables_made(struct service *service) {
    if (service->info.image == KZG_IMAGE_NONE) return;
    if (service->info.image == KZG_IMAGE_USED) {
        service->tables = TABLES_USED;
        SERVICE_LOG(EVENT_TABLE_CACHE_USED, KZGOPS_STR("path", service->config.table_cache),
                    KZGOPS_U64("bytes", service->info.image_bytes));
        return;
    }
    table_cache_close(&service->table_cache);
    refuse(service, kzg_image_verdict_name(service->info.image), 0);
}

void tables_keep(struct service *service) {
    const char *path = service->config.table_cache;
    int error;
    if (path[0] == '\0' || service->info.image == KZG_IMAGE_USED) return;
    switch (table_cache_save(path, service->ctx, &error)) {
    case TABLE_CACHE_SAVED:
        service->tables = TABLES_WRITTEN;
        SERVICE_LOG(EVENT_TABLE_CACHE_WRITTEN, KZGOPS_STR("path", path),
                    KZGOPS_U64("bytes", service->info.tables_bytes));
        return;
    case TABLE_CACHE_BUSY: service->tables = TABLES_BUSY; return;
    case TABLE_CACHE_FAILED: break;
    }
    service->tables = TABLES_FAILED;
    SERVICE_LOG(EVENT_TABLE_CACHE_NOT_WRITTEN, KZGOPS_STR("path", path), KZGOPS_STR("error", strerror(error)));
}

void tables_close(struct service *service) {
    table_cache_close(&service->table_cache);
}

void tables_metrics(struct service *service) {
    service_metrics_set(service, METRIC_TABLE_CACHE_USED, KZGOPS_AT(0), service->tables == TABLES_USED);
}
