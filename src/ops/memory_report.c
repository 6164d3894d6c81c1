#include <inttypes.h>

#include "base/text.h"
#include "kzgops/memory.h"

static void add_row(struct kzgops__text *text, const char *name, const kzgops_memory_usage *usage, bool baseline) {
    kzgops__text_add(text, "%-12s %12s %12s %12s %10" PRIu64 " %14" PRIu64 " %12s%s\n", name,
                     kzgops__size_text(usage->live_bytes).text, kzgops__size_text(usage->peak_bytes).text,
                     kzgops__size_text(usage->total_bytes).text, usage->live_blocks, usage->allocations,
                     baseline ? kzgops__size_signed_text(usage->residual_bytes).text : "-",
                     usage->unbalanced ? "  unbalanced: more given back than taken" : "");
    if (usage->failures > 0) {
        kzgops__text_add(text, "%-12s %" PRIu64 " allocations got no memory\n", "", usage->failures);
    }
}

size_t kzgops_memory_report_text(const kzgops_memory_snapshot *snapshot, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "%-12s %12s %12s %12s %10s %14s %12s\n", "memory", "live", "peak", "total", "blocks",
                     "allocations", "since idle");
    for (size_t i = 0; i < snapshot->tag_count; i++) {
        add_row(&text, snapshot->tags[i], &snapshot->tag[i], snapshot->has_baseline);
    }
    add_row(&text, "all", &snapshot->all, snapshot->has_baseline);
    return text.used;
}

static void add_members(struct kzgops__text *text, const kzgops_memory_usage *usage, bool baseline) {
    kzgops__json_bytes(text, "live_bytes", usage->live_bytes);
    kzgops__json_bytes(text, "live_blocks", usage->live_blocks);
    kzgops__json_bytes(text, "peak_bytes", usage->peak_bytes);
    kzgops__json_bytes(text, "total_bytes", usage->total_bytes);
    kzgops__json_bytes(text, "allocations", usage->allocations);
    kzgops__json_bytes(text, "failures", usage->failures);
    if (baseline) {
        kzgops__json_signed(text, "residual_bytes", usage->residual_bytes);
    } else {
        kzgops__json_bytes(text, "residual_bytes", KZGOPS_MEMORY_UNKNOWN);
    }
    kzgops__json_bool(text, "unbalanced", usage->unbalanced);
}

size_t kzgops_memory_report_json(const kzgops_memory_snapshot *snapshot, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    add_members(&text, &snapshot->all, snapshot->has_baseline);
    kzgops__json_bytes(&text, "threads", snapshot->threads);
    kzgops__json_key(&text, "tags");
    kzgops__json_open(&text, "{");
    for (size_t i = 0; i < snapshot->tag_count; i++) {
        kzgops__json_key(&text, snapshot->tags[i]);
        kzgops__json_open(&text, "{");
        add_members(&text, &snapshot->tag[i], snapshot->has_baseline);
        kzgops__json_close(&text, "}");
    }
    kzgops__json_close(&text, "}");
    kzgops__json_close(&text, "}");
    return text.used;
}
