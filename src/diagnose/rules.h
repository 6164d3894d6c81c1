/* The rules of a diagnosis, and the run of them all. */
#ifndef DIAGNOSE_RULES_H
#define DIAGNOSE_RULES_H

#include "diagnose/facts.h"
#include "diagnose/finding.h"
#include "diagnose/rules_list.h"

/* Looks at one thing and adds what it finds: what is wrong, or that it is well, or that it is not known. */
#define X(name, PAGE, what) void rule_##name(const struct facts *facts, struct findings *findings);
RULES_LIST(X)
#undef X

/* Runs every rule that has its page; a page that is missing is a finding of its own, once, with the rules that could
 * not look. Leaves the findings sorted. */
void rules_run(const struct facts *facts, struct findings *findings);

/* "kzg drain", with --admin when the daemon is not at the usual address: what can be typed. */
struct command_text {
    char text[320];
};
struct command_text rule_command(const struct facts *facts, const char *command);
#define COMMAND(command) (rule_command(facts, command).text)

/* "curl -s http://127.0.0.1:7594/debug/memory" */
struct command_text rule_curl(const struct facts *facts, const char *path);
#define CURL(path) (rule_curl(facts, path).text)

#endif
