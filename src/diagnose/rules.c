#include "diagnose/rules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define USUAL_ADDRESS "127.0.0.1:7594"
#define UNIX_PREFIX   "unix:"

static const struct rule {
    const char *name;
    enum page_id page;
    void (*look)(const struct facts *facts, struct findings *findings);
} rules[] = {
#define X(name, PAGE, what) {#name, PAGE_##PAGE, rule_##name},
    RULES_LIST(X)
#undef X
};
#define RULES (sizeof rules / sizeof rules[0])

struct command_text rule_command(const struct facts *facts, const char *command) {
    struct command_text out;
    bool usual = strcmp(facts->address, USUAL_ADDRESS) == 0;
    snprintf(out.text, sizeof out.text, "%s%s%.200s", command, usual ? "" : " --admin ", usual ? "" : facts->address);
    return out;
}

struct command_text rule_curl(const struct facts *facts, const char *path) {
    struct command_text out;
    bool local = strncmp(facts->address, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;
    if (local)
        snprintf(out.text, sizeof out.text, "curl -s --unix-socket %.150s 'http://localhost%s'",
                 facts->address + strlen(UNIX_PREFIX), path);
    else
        snprintf(out.text, sizeof out.text, "curl -s 'http://%.150s%s'", facts->address, path);
    return out;
}

/* ---- Pages that are missing
 * ---------------------------------------------------------------------------------------- */

static void list_rules(enum page_id page, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < RULES && used < size; i++)
        if (rules[i].page == page)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", rules[i].name);
}

/* A page that an older kzgd lacks, or that it was started without, is an information; one that cannot be read is a
 * fault. */
static void report_page(const struct facts *facts, struct findings *findings, enum page_id id) {
    const struct page *page = &facts->page[id];
    char names[400];
    bool lacks = page->status == 404 || page->status == 501;
    list_rules(id, names, sizeof names);
    struct finding *finding =
        find_unknown(findings, page_entries[id].name, "page %s %s", page_entries[id].path, page->trouble);
    if (!lacks) finding->severity = SEVERITY_WARNING;
    evidence_say(finding, page_entries[id].path, "", page->status == 0 ? NAN : (double)page->status, "%s",
                 page->trouble);
    find_means(finding, "%s.",
               lacks ? "This kzgd has no such page: it is older than the tool, or runs without what the page needs"
                     : "The page is there, but cannot be read");
    if (names[0] != '\0') find_means_more(finding, "Not looked at: %s.", names);
    find_next(finding, NULL, "%s", CURL(page_entries[id].path));
}

/* Without a state directory there is no recorder: the rule `ending` says that. */
static bool is_expected(const struct facts *facts, enum page_id id) {
    return facts->state_dir_none && (id == PAGE_ENDING || id == PAGE_RECORDER);
}

static void report_pages(const struct facts *facts, struct findings *findings) {
    findings->rule = "not_known";
    for (int i = 0; i < PAGES; i++)
        if (facts->page[i].asked && !facts_has(facts, (enum page_id)i) && !is_expected(facts, (enum page_id)i))
            report_page(facts, findings, (enum page_id)i);
}

void rules_run(const struct facts *facts, struct findings *findings) {
    for (size_t i = 0; i < RULES; i++) {
        findings->rule = rules[i].name;
        if (rules[i].page == PAGE_NONE || facts_has(facts, rules[i].page)) rules[i].look(facts, findings);
    }
    report_pages(facts, findings);
    findings_sort(findings);
}
