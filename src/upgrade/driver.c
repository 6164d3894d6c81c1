/* What drivers share: how they say what they do and what failed. */
#include "upgrade/driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "upgrade/command.h"

static void fill(struct upgrade_failure *failure, const char *code, const char *format, va_list arguments) {
    if (failure->code[0] != '\0') return;
    *failure = (struct upgrade_failure){0};
    snprintf(failure->code, sizeof failure->code, "%s", code);
    vsnprintf(failure->message, sizeof failure->message, format, arguments);
    for (char *at = failure->message; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f) *at = ' ';
}

enum upgrade_status upgrade_fail(struct upgrade_call *call, const char *code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fill(call->failure, code, format, arguments);
    va_end(arguments);
    return UPGRADE_FAILED;
}

enum upgrade_status upgrade_timed_out(struct upgrade_call *call, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fill(call->failure, "timed_out", format, arguments);
    va_end(arguments);
    return UPGRADE_TIMED_OUT;
}

void upgrade_fail_output(struct upgrade_call *call, const char *text) {
    char *out = call->failure->output;
    size_t size = sizeof call->failure->output, length = strlen(text);
    if (length >= size) text += length - size + 1;
    snprintf(out, size, "%s", text);
    for (; *out != '\0'; out++)
        if (((unsigned char)*out < 0x20 && *out != '\n' && *out != '\t') || *out == 0x7f) *out = '?';
}

void upgrade_fail_remedy(struct upgrade_call *call, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(call->failure->remedy, sizeof call->failure->remedy, format, arguments);
    va_end(arguments);
}

void upgrade_say(struct upgrade_call *call, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    call->sink->say(call->sink->user, text);
}

void upgrade_check(struct upgrade_call *call, const char *name, enum upgrade_verdict verdict, const char *format,
                   ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    call->sink->check(call->sink->user, name, verdict, text);
}

const char *upgrade_value(const struct upgrade_call *call, const char *name) {
    for (size_t i = 0; call->options[i].name != NULL; i++)
        if (strcmp(call->options[i].name, name) == 0) return call->values[i];
    KZG_ASSERT(!"an option that the driver does not have");
    return "";
}

int64_t upgrade_left_ms(const struct upgrade_call *call) {
    int64_t left_ms = call->deadline_ms - command_now_ms();
    return left_ms > 0 ? left_ms : 0;
}
