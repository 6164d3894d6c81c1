/* One verdict from the facts, in words: what happened, and what to do. */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "ops/ending.h"
#include "ops/recorder_text.h"

static void begin_text(struct kzgops__text *text, kzgops_ending *ending) {
    const kzgops_recorded_start *start = &ending->recording.start;
    kzgops__text_begin(text, ending->text, sizeof ending->text);
    kzgops__text_plain(text, start->service[0] != '\0' ? start->service : "The process");
    if (start->version[0] != '\0') kzgops__text_add(text, " ");
    kzgops__text_plain(text, start->version);
    kzgops__text_add(text, " (pid %" PRIu64 ") ", start->pid);
}

static void advise(kzgops_ending *ending, const char *advice) {
    snprintf(ending->advice, sizeof ending->advice, "%s", advice);
}

static void verdict(kzgops_ending *ending, kzgops_ending_reason reason, int certainty) {
    ending->reason = reason;
    ending->certainty = (kzgops_ending_certainty)certainty;
}

static void add_in_flight(struct kzgops__text *text, const kzgops_ending *ending) {
    size_t n = ending->recording.operation_count;
    if (n == 0) return;
    kzgops__text_add(text, ", with %zu operation%s in flight", n, n == 1 ? "" : "s");
}

static void add_memory(struct kzgops__text *text, const kzgops_ending *ending) {
    const kzgops_ending_memory *memory = &ending->memory;
    if (!memory->known) return;
    kzgops__text_add(text, "; at the last sample it had %s", kzgops__size_text(memory->used).text);
    if (!isnan(memory->percent)) {
        kzgops__text_add(text, " of %s (%.0f %%)", kzgops__size_text(memory->limit).text, memory->percent);
    }
}

/* ---- By itself
 * ------------------------------------------------------------------------------------------------------ */

static const char *crash_advice(const kzgops_recording *recording) {
    const kzgops_recorded_crash *crash = &recording->crash;
    if (crash->sent && crash->sender != recording->start.pid) {
        return "Another process sent the signal: find out who, in its log. Nothing is wrong with this one.";
    }
    switch (crash->signal) {
    case SIGILL:
        return "The CPU does not know an instruction of the program: use a build for this machine, or have it choose "
               "portable code. On a machine where it ran before, suspect a damaged file or hardware.";
    case SIGBUS:
        return "A file was cut short while it was mapped, the disk failed to give a page, or memory is failing: look "
               "at the kernel log for I/O and memory errors first, then report the backtrace.";
    case SIGABRT:
        return "The program found itself in a state that must not be, and stopped: its last log line says which "
               "check. Report it with the backtrace; if it comes again with one request, go back to the version "
               "before.";
    default:
        return "A fault of the program, or of the machine's memory: keep the core file, and report the backtrace "
               "with "
               "the build id. If it comes again, go back to the version before; if only on this machine, test its "
               "memory.";
    }
}

static void decide_crash(const struct ending_facts *facts, kzgops_ending *ending) {
    const kzgops_recorded_crash *crash = &facts->recording->crash;
    struct kzgops__text text;
    verdict(ending, KZGOPS_ENDING_CRASH, KZGOPS_ENDING_CERTAIN);
    ending->when_ns = crash->when_ns;
    ending->when_exact = true;
    begin_text(&text, ending);
    kzgops__text_add(&text, "crashed: ");
    kzgops__text_signal(&text, crash, facts->recording->start.pid);
    if (crash->operation[0] != '\0') {
        kzgops__text_add(&text, ", during ");
        kzgops__text_operation(&text, crash->operation, crash->request_id, crash->age_ns);
    }
    kzgops__text_add(&text, ".");
    kzgops__ending_evidence(ending, "the process recorded the signal itself");
    advise(ending, crash_advice(facts->recording));
}

static void decide_closed(const struct ending_facts *facts, kzgops_ending *ending) {
    bool clean = facts->recording->state == KZGOPS_RECORDER_STOPPED;
    struct kzgops__text text;
    verdict(ending, clean ? KZGOPS_ENDING_CLEAN : KZGOPS_ENDING_UNKNOWN, KZGOPS_ENDING_CERTAIN);
    ending->when_ns = facts->recording->state_when_ns;
    ending->when_exact = true;
    begin_text(&text, ending);
    kzgops__text_add(&text, clean ? "stopped in order" : "ended by itself, with an error");
    add_in_flight(&text, ending);
    kzgops__text_add(&text, ".");
    kzgops__ending_evidence(ending, "the process recorded its end itself");
    advise(ending, clean
                       ? "Nothing is to be done."
                       : "It says why in its log, in the last events and in the last errors: correct that, and start "
                         "it again.");
}

/* ---- By the kernel
 * -------------------------------------------------------------------------------------------------- */

static const char *oom_advice(const kzgops_ending *ending) {
    if (ending->machine_wide) {
        return "The machine as a whole ran out of memory; this process was what the kernel chose. See what else runs "
               "there and how much it takes, give the others limits of their own, or this one a machine with more.";
    }
    if (ending->memory.bytes_per_second > 0 && ending->memory.full_in_seconds < 3600) {
        return "Memory was growing until the limit: compare the memory report's tags of the running process over "
               "some "
               "minutes to find what grows. Until that is known, raise the limit of its control group, or let it "
               "take "
               "fewer requests at a time.";
    }
    return "The limit of its control group is too small for what it was doing: raise it, or let it take fewer or "
           "smaller "
           "requests at a time and shed load earlier (a lower critical threshold).";
}

/* The recorded limit may be the machine's: then the group had none of its own. */
static void decide_oom(const struct ending_facts *facts, kzgops_ending *ending, int certainty) {
    struct kzgops__text text;
    verdict(ending, KZGOPS_ENDING_OOM_KILLED, certainty);
    ending->machine_wide = facts->oom >= 0 && !facts->oom_of_group;
    ending->when_exact = facts->oom >= 0 && facts->oom_has_time;
    ending->when_ns = ending->when_exact ? facts->oom_when_ns : facts->recording->alive_ns;
    begin_text(&text, ending);
    kzgops__text_add(&text, "was %skilled by the kernel for memory",
                     certainty == KZGOPS_ENDING_POSSIBLE ? "possibly "
                     : certainty == KZGOPS_ENDING_LIKELY ? "most likely "
                                                         : "");
    if (facts->oom >= 0) {
        kzgops__text_add(&text, ", because %s ran out of it",
                         ending->machine_wide ? "the machine" : "its control group");
    }
    add_in_flight(&text, ending);
    add_memory(&text, ending);
    kzgops__text_add(&text, ".");
    advise(ending, oom_advice(ending));
}

static void decide_fault(const struct ending_facts *facts, kzgops_ending *ending) {
    struct kzgops__text text;
    verdict(ending, KZGOPS_ENDING_CRASH, KZGOPS_ENDING_LIKELY);
    ending->when_ns = facts->recording->alive_ns;
    begin_text(&text, ending);
    kzgops__text_add(&text, "crashed with %s, says the kernel; it recorded nothing itself", facts->fault);
    add_in_flight(&text, ending);
    kzgops__text_add(&text, ".");
    advise(ending,
           "Its crash handler was not installed or failed: the kernel log's line has the address, and a core file "
           "the rest. Report both with the build id.");
}

/* ---- By somebody
 * ---------------------------------------------------------------------------------------------------- */

static const char *killed_advice(const kzgops_recording *recording) {
    switch (recording->state) {
    case KZGOPS_RECORDER_STARTING:
        return "It was still starting: a supervisor's start timeout or startup probe may be shorter than the start "
               "takes. Look at the supervisor's log, and give it more time.";
    case KZGOPS_RECORDER_DRAINING:
        return "It was draining: the supervisor's stop timeout is shorter than the drain takes. Raise that timeout "
               "above the drain's, or shorten the drain.";
    default:
        return "Somebody sent SIGKILL or another signal that it does not take, or it left without closing its "
               "recorder: a person, a supervisor whose liveness probe failed, a container runtime that removed it, a "
               "memory manager in user space such as systemd-oomd. Their logs say why; exit status 137 means "
               "SIGKILL.";
    }
}

static void decide_killed(const struct ending_facts *facts, kzgops_ending *ending, int certainty) {
    struct kzgops__text text;
    verdict(ending, KZGOPS_ENDING_KILLED, certainty);
    ending->when_ns = facts->recording->alive_ns;
    begin_text(&text, ending);
    kzgops__text_add(&text, "was %skilled while %s",
                     certainty == KZGOPS_ENDING_POSSIBLE ? "possibly "
                     : certainty == KZGOPS_ENDING_LIKELY ? "most likely "
                                                         : "",
                     kzgops_recorder_state_name(facts->recording->state));
    add_in_flight(&text, ending);
    kzgops__text_add(&text, certainty == KZGOPS_ENDING_POSSIBLE ? ": it left no word, and nothing tells more."
                                                                : ", and not by the kernel for memory.");
    advise(ending, killed_advice(facts->recording));
}

static void decide_reboot(const struct ending_facts *facts, kzgops_ending *ending) {
    const kzgops_recording *recording = facts->recording;
    struct kzgops__text text;
    verdict(ending, KZGOPS_ENDING_UNKNOWN, KZGOPS_ENDING_CERTAIN);
    ending->rebooted = true;
    ending->when_ns = recording->alive_ns;
    begin_text(&text, ending);
    kzgops__text_add(&text, "ended with its machine, which went down or was restarted while it was %s",
                     kzgops_recorder_state_name(recording->state));
    add_in_flight(&text, ending);
    kzgops__text_add(&text, " (or the state directory is on another machine now).");
    advise(ending,
           recording->state == KZGOPS_RECORDER_DRAINING
               ? "The shutdown did not wait for its drain: raise the service's stop timeout. Otherwise nothing "
                 "is to be done."
               : "The machine's own log of the boot before (journalctl -b -1) says whether it was a planned "
                 "restart, a loss of power or a failure of the kernel.");
}

static void decide_unreadable(const struct ending_facts *facts, kzgops_ending *ending) {
    verdict(ending, KZGOPS_ENDING_UNKNOWN, KZGOPS_ENDING_CERTAIN);
    snprintf(ending->text, sizeof ending->text, "The earlier process left a file that tells nothing: %s.",
             facts->error);
    advise(ending,
           "Look at the file's owner and mode, whether the disk was full, and whether it is of another version; "
           "the supervisor's log has the exit status.");
}

/* A line about a process of that name in another container is refuted by this one's counter. */
static bool refuted(const struct ending_facts *facts) {
    return facts->counted && facts->oom_counts == 0 && facts->oom < KZGOPS_ENDING_CERTAIN;
}

static void decide_from_outside(const struct ending_facts *facts, kzgops_ending *ending) {
    bool rose = facts->counted && facts->oom_counts > 0;
    if (facts->oom >= KZGOPS_ENDING_LIKELY && !refuted(facts)) {
        decide_oom(facts, ending, rose ? KZGOPS_ENDING_CERTAIN : facts->oom);
    } else if (facts->fault[0] != '\0') {
        decide_fault(facts, ending);
    } else if (rose) {
        decide_oom(facts, ending, KZGOPS_ENDING_LIKELY);
    } else if (facts->counted || (facts->log_covers && facts->oom < 0)) {
        decide_killed(facts, ending, KZGOPS_ENDING_LIKELY);
    } else if (facts->oom >= 0 || kzgops__ending_memory_was_short(&ending->memory, facts->recording)) {
        decide_oom(facts, ending, KZGOPS_ENDING_POSSIBLE);
    } else {
        decide_killed(facts, ending, KZGOPS_ENDING_POSSIBLE);
    }
}

void kzgops__ending_decide(const struct ending_facts *facts, kzgops_ending *ending) {
    if (facts->error != NULL) {
        decide_unreadable(facts, ending);
    } else if (facts->recording->crash.signal != 0) {
        decide_crash(facts, ending);
    } else if (facts->recording->state >= KZGOPS_RECORDER_STOPPED) {
        decide_closed(facts, ending);
    } else if (facts->other_boot) {
        decide_reboot(facts, ending);
    } else {
        decide_from_outside(facts, ending);
    }
}
