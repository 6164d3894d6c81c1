/* Pages of the flight recorder: how the previous process ended, and what is being recorded of this one. */
#include "service/page.h"
#include "service/recorder.h"

static size_t ending_text(const void *ending, char *out, size_t size) {
    return kzgops_ending_text(ending, out, size);
}

static size_t ending_json(const void *ending, char *out, size_t size) {
    return kzgops_ending_json(ending, out, size);
}

enum MHD_Result page_ending(struct page *page) {
    if (page->service->config.state_dir[0] == '\0') {
        return page_problem(page, ST_NOT_AVAILABLE, "without --state-dir nothing is known of the process before");
    }
    return page_report(page, ending_text, ending_json, recorder_ending());
}

static size_t recording_text(const void *recording, char *out, size_t size) {
    return kzgops_recording_text(recording, out, size);
}

static size_t recording_json(const void *recording, char *out, size_t size) {
    return kzgops_recording_json(recording, out, size);
}

enum MHD_Result page_recorder(struct page *page) {
    static kzgops_recording recording;
    if (page->service->recorder == NULL) return page_problem(page, ST_NOT_AVAILABLE, "there is no flight recorder");
    kzgops_recorder_read(page->service->recorder, &recording);
    return page_report(page, recording_text, recording_json, &recording);
}
