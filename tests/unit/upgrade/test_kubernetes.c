/* The kubernetes driver over a kubectl that is a script: it answers with files, and writes down what it was asked.
 * The whole of it, with the real kubectl, is in tests/e2e/upgrade_kubernetes_test.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "upgrade/kubernetes.h"

#define OPTIONS 10
#define PATHS   ":/usr/bin:/bin"

static char folder[64];
static char checks[2048]; /* "rights refuse\n"... */
static struct upgrade_failure failure;
static char remembered[UPGRADE_REMEMBERED_MAX];
static const char *values[OPTIONS];

static void say(void *user, const char *text) {
    (void)user;
    (void)text;
}

static void note_check(void *user, const char *name, enum upgrade_verdict verdict, const char *text) {
    static const char *const verdicts[] = {"pass", "warn", "refuse"};
    (void)user;
    (void)text;
    size_t used = strlen(checks);
    snprintf(checks + used, sizeof checks - used, "%s %s\n", name, verdicts[verdict]);
}

static const struct upgrade_sink sink = {NULL, say, note_check};

static struct upgrade_call new_call(void) {
    failure = (struct upgrade_failure){0};
    checks[0] = '\0';
    return (struct upgrade_call){.id = "u1",
                                 .folder = folder,
                                 .from_version = "1.0.0",
                                 .to_version = "1.1.0",
                                 .options = upgrade_driver_kubernetes.options,
                                 .values = values,
                                 .deadline_ms = command_now_ms() + 60000,
                                 .sink = &sink,
                                 .failure = &failure,
                                 .remembered = remembered};
}

static void set(const char *option, const char *value) {
    for (size_t i = 0; upgrade_driver_kubernetes.options[i].name != NULL; i++)
        if (strcmp(upgrade_driver_kubernetes.options[i].name, option) == 0) values[i] = value;
}

static void path_of(const char *name, char out[160]) {
    snprintf(out, 160, "%s/%s", folder, name);
}

static void answer(const char *name, const char *text) {
    char path[160];
    path_of(name, path);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char script[] = "#!/bin/sh\n"
                             "cd \"${0%/*}\" && echo \"$*\" >>calls\n"
                             "case \"$*\" in\n"
                             "*can-i*portforward*) cat may ;;\n"
                             "*can-i*) echo yes ;;\n"
                             "*deployment.apps/*) cat deployment ;;\n"
                             "*replicasets.apps,pods*) cat state ;;\n"
                             "*poddisruptionbudgets*) cat budgets ;;\n"
                             "*config*) cat config ;;\n"
                             "*version*) cat version ;;\n"
                             "*logs*) echo 'its last words' ;;\n"
                             "*) exit 9 ;;\n"
                             "esac\n";

static const char config[] =
    "{\"current-context\":\"here\",\"contexts\":[{\"name\":\"there\",\"context\":{\"cluster\":\"far\"}},"
    "{\"name\":\"here\",\"context\":{\"cluster\":\"near\"}}],\"clusters\":[{\"name\":\"near\",\"cluster\":"
    "{\"server\":\"https://near\"}},{\"name\":\"far\",\"cluster\":{\"server\":\"https://far\"}}]}";

#define DEPLOYMENT(generation, strategy, image)                                                                    \
    "{\"metadata\":{\"generation\":" generation ",\"annotations\":{\"deployment.kubernetes.io/revision\":\"3\"}}," \
    "\"spec\":{\"replicas\":3,\"minReadySeconds\":5,\"strategy\":{" strategy "},\"selector\":{\"matchLabels\":"    \
    "{\"app\":\"kzgd\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"kzgd\"}},\"spec\":{\"containers\":["    \
    "{\"name\":\"sidecar\",\"image\":\"x\"},{\"name\":\"kzgd\",\"image\":\"" image "\"}]}}},"                      \
    "\"status\":{\"observedGeneration\":7,\"replicas\":3,\"updatedReplicas\":3,\"availableReplicas\":3}}"
#define ROLLING(surge, unavailable) \
    "\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":" surge ",\"maxUnavailable\":" unavailable "}"
#define GOOD DEPLOYMENT("7", ROLLING("1", "0"), "r:5000/kzgd:1.0.0")

#define SET(name, revision, replicas, image)                                                                        \
    "{\"kind\":\"ReplicaSet\",\"metadata\":{\"name\":\"" name                                                       \
    "\",\"annotations\":{\"deployment.kubernetes.io/revision\":\"" revision "\"}},\"spec\":{\"replicas\":" replicas \
    ",\"template\":{\"spec\":{\"containers\":[{\"name\":\"kzgd\",\"image\":\"" image "\"}]}}}}"
#define POD(name, set, created, more, state)                                                            \
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"" name "\",\"creationTimestamp\":\"" created "\"" more  \
    ",\"ownerReferences\":[{\"name\":\"" set "\"}]},\"status\":{\"phase\":\"Running\",\"conditions\":[" \
    "{\"type\":\"Ready\",\"status\":\"True\"}],\"containerStatuses\":[{\"name\":\"kzgd\"," state "}]}}"
#define RUNS "\"restartCount\":0,\"state\":{\"running\":{}}"
#define VERSIONS(client, server) \
    "{\"clientVersion\":{\"minor\":\"" client "\"},\"serverVersion\":{\"minor\":\"" server "\"}}"
#define LIST(items) "{\"kind\":\"List\",\"items\":[" items "]}"

#define NOTES                                                                                                \
    "context=here\nselector=app=kzgd\nslots=3\nset=old\nrevision=3\nimage=r:5000/kzgd:1.0.0\ntarget=r:5000/" \
    "kzgd:1.1.0\n"

static int begin(void **state) {
    char path[160], search[256];
    static const char *const fallbacks[OPTIONS] = {"kzgd", "kzgd", "kzgd", "", "", "", "", "", "4844", "7594"};
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/kzg-kubernetes-XXXXXX");
    if (mkdtemp(folder) == NULL) return -1;
    memcpy(values, fallbacks, sizeof values);
    remembered[0] = '\0';
    snprintf(search, sizeof search, "%s" PATHS, folder);
    setenv("PATH", search, 1);
    answer("kubectl", script);
    answer("calls", "");
    answer("config", config);
    answer("deployment", GOOD);
    answer("may", "yes");
    answer("version", VERSIONS("32", "33+"));
    answer("budgets", LIST(""));
    path_of("kubectl", path);
    return chmod(path, 0700);
}

static int end(void **state) {
    static const char *const names[] = {"kubectl", "calls",   "config", "deployment",
                                        "may",     "budgets", "state",  "version"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[160];
        path_of(names[i], path);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static bool was_asked(const char *words) {
    char path[160], line[1024];
    bool found = false;
    path_of("calls", path);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strstr(line, words) != NULL) found = true;
    assert_int_equal(fclose(file), 0);
    return found;
}

/* ---- Looks ----------------------------------------------------------------------------------------------------- */

static void describe__names_the_cluster_and_keeps_the_context(void **state) {
    (void)state;
    struct upgrade_call call = new_call();
    struct upgrade_description found;
    assert_int_equal(upgrade_driver_kubernetes.describe(&call, &found), UPGRADE_OK);
    assert_string_equal(found.target, "cluster near (https://near), namespace kzgd, deployment kzgd");
    assert_int_equal(found.slots, 3);
    assert_string_equal(remembered, "context=here\n");
    assert_true(was_asked("--context=here --namespace=kzgd --request-timeout=30s get deployment.apps/kzgd"));
}

static void describe__an_upgrade_that_is_undone_has_the_context(void **state) {
    (void)state;
    struct upgrade_call call = new_call();
    struct upgrade_description found;
    call.undone = "context=there\nimage=r:5000/kzgd:0.9.0\n";
    assert_int_equal(upgrade_driver_kubernetes.describe(&call, &found), UPGRADE_OK);
    assert_non_null(strstr(found.target, "cluster far (https://far)"));
    char image[KUBE_IMAGE_MAX];
    assert_true(kube_target_image(&call, "r:5000/kzgd:1.0.0", image));
    assert_string_equal(image, "r:5000/kzgd:0.9.0");
}

static void describe__what_cannot_be_read_is_told(void **state) {
    (void)state;
    static const struct {
        const char *deployment, *code;
    } cases[] = {{"", "kubectl_answer"},
                 {"{\"a\":", "kubectl_answer"},
                 {"[]", "selector_unknown"},
                 {"{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":7}}", "container_missing"},
                 {"{\"spec\":{\"selector\":{\"matchLabels\":{},\"matchExpressions\":[{}]}}}", "selector_unknown"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct upgrade_call call = new_call();
        struct upgrade_description found;
        answer("deployment", cases[i].deployment);
        assert_int_equal(upgrade_driver_kubernetes.describe(&call, &found), UPGRADE_FAILED);
        assert_string_equal(failure.code, cases[i].code);
    }
    struct upgrade_call call = new_call();
    struct upgrade_description found;
    set("context", "nowhere");
    assert_int_equal(upgrade_driver_kubernetes.describe(&call, &found), UPGRADE_FAILED);
    assert_string_equal(failure.code, "cluster_unknown");
}

static void image__repository_is_kept_and_digest_wins(void **state) {
    (void)state;
    static const char hash[] = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const struct {
        const char *present, *image, *expected; /* expected: with to_version as tag */
    } cases[] = {{"kzgd", "", "kzgd:1.1.0"},
                 {"kzgd:1.0.0", "", "kzgd:1.1.0"},
                 {"r:5000/kzgd", "", "r:5000/kzgd:1.1.0"},
                 {"r:5000/kzgd:1.0.0", "", "r:5000/kzgd:1.1.0"},
                 {"r:5000/kzgd:1.0.0@sha256:00", "", "r:5000/kzgd:1.1.0"},
                 {"r:5000/kzgd@sha256:00", "other/kzgd", "other/kzgd:1.1.0"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct upgrade_call call = new_call();
        char found[KUBE_IMAGE_MAX], by_digest[KUBE_IMAGE_MAX];
        set("image", cases[i].image);
        set("digest", "");
        assert_true(kube_target_image(&call, cases[i].present, found));
        assert_string_equal(found, cases[i].expected);
        set("digest", hash);
        assert_true(kube_target_image(&call, cases[i].present, by_digest));
        size_t length = strlen(cases[i].expected) - strlen(":1.1.0");
        assert_memory_equal(by_digest, cases[i].expected, length);
        assert_int_equal(by_digest[length], '@');
        assert_string_equal(by_digest + length + 1, hash);
    }
}

static void inspect__slots_are_pods_in_order(void **state) {
    (void)state;
    struct upgrade_instance found;
    snprintf(remembered, sizeof remembered, NOTES);
    answer(
        "state",
        LIST(SET("old", "3", "2", "r:5000/kzgd:1.0.0") "," SET("new", "4", "2", "r:5000/kzgd:1.1.0") "," POD(
            "n2", "new", "2026-01-01T00:00:09Z", "",
            RUNS) "," POD("n0", "new", "2026-01-01T00:00:01Z", ",\"deletionTimestamp\":\"2026-01-01T00:00:10Z\"",
                          RUNS) "," POD("n1", "new", "2026-01-01T00:00:05Z", "",
                                        RUNS) "," POD("o2", "old", "2025-01-01T00:00:00Z", "",
                                                      RUNS) "," POD("o1", "old", "2025-01-01T00:00:00Z", "",
                                                                    RUNS) "," POD("other", "elsewhere",
                                                                                  "2025-01-01T00:00:00Z", "", RUNS)));
    static const char *const expected[2][4] = {{"", "kzgd/o1", "kzgd/o2", ""}, {"kzgd/n1", "kzgd/n2", "kzgd/n0", ""}};
    for (int side = 0; side < 2; side++)
        for (size_t slot = 0; slot < 4; slot++) {
            struct upgrade_call call = new_call();
            assert_int_equal(upgrade_driver_kubernetes.inspect(&call, slot, (enum upgrade_side)side, &found),
                             UPGRADE_OK);
            assert_string_equal(found.name, expected[side][slot]);
            assert_int_equal(found.state, expected[side][slot][0] == '\0' ? UPGRADE_ABSENT : UPGRADE_RUNNING);
        }
}

static void inspect__states_of_a_pod(void **state) {
    (void)state;
#define ONE(status) \
    LIST(SET("new", "4", "1", "r:5000/kzgd:1.1.0") "," POD("n", "new", "2026-01-01T00:00:00Z", "", status))
    static const struct {
        const char *state, *detail;
        enum upgrade_instance_state expected;
        uint64_t restarts;
    } cases[] = {
        {ONE("\"state\":{\"waiting\":{\"reason\":\"ContainerCreating\"}}"), "ContainerCreating", UPGRADE_STARTING, 0},
        {ONE("\"state\":{\"waiting\":{\"reason\":\"ErrImagePull\",\"message\":\"once more\"}}"), "once more",
         UPGRADE_STARTING, 0},
        {ONE("\"state\":{\"waiting\":{\"reason\":\"ImagePullBackOff\"}}"), "ImagePullBackOff", UPGRADE_BROKEN, 0},
        {ONE("\"restartCount\":2,\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}},"
             "\"lastState\":{\"terminated\":{\"exitCode\":137,\"reason\":\"OOMKilled\"}}"),
         "exit status 137 (OOMKilled)", UPGRADE_BROKEN, 2},
        {ONE("\"restartCount\":1,\"state\":{\"terminated\":{\"exitCode\":4}}"), "exit status 4", UPGRADE_STARTING, 1},
        {ONE("\"restartCount\":3,\"state\":{\"running\":{}}"), "", UPGRADE_RUNNING, 3},
        {ONE("\"restartCount\":-5,\"state\":7"), "", UPGRADE_STARTING, 0},
        {LIST(SET(
             "new", "4", "1",
             "r:5000/kzgd:1.1.0") ",{\"kind\":\"Pod\",\"metadata\":{\"name\":\"n\",\"ownerReferences\":"
                                  "[{\"name\":\"new\"}]},\"status\":{\"phase\":\"Failed\",\"message\":\"evicted\"}}"),
         "evicted", UPGRADE_BROKEN, 0},
        {LIST("{\"kind\":\"Pod\"},7,null"), "", UPGRADE_ABSENT, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct upgrade_call call = new_call();
        struct upgrade_instance found;
        snprintf(remembered, sizeof remembered, NOTES);
        answer("state", cases[i].state);
        assert_int_equal(upgrade_driver_kubernetes.inspect(&call, 0, UPGRADE_NEW, &found), UPGRADE_OK);
        assert_int_equal(found.state, cases[i].expected);
        assert_int_equal(found.restarts, cases[i].restarts);
        assert_non_null(strstr(found.detail, cases[i].detail));
        if (found.state == UPGRADE_BROKEN && found.restarts > 0)
            assert_string_equal(found.output, "its last words\n");
    }
}

/* ---- Preflight ------------------------------------------------------------------------------------------------- */

static void preflight__each_check_has_its_verdict(void **state) {
    (void)state;
#define BUDGET(labels, allowed) \
    LIST("{\"spec\":{\"selector\":{\"matchLabels\":{" labels "}}},\"status\":{\"disruptionsAllowed\":" allowed "}}")
    static const struct {
        const char *deployment, *may, *budgets, *expected;
    } cases[] = {
        {GOOD, "yes", BUDGET("\"app\":\"kzgd\"", "1"),
         "kubectl pass\nrights pass\nimage warn\nstrategy pass\nrollout pass\nbudget pass\n"},
        {GOOD, "no", BUDGET("\"app\":\"kzgd\"", "0"),
         "kubectl pass\nrights refuse\nimage warn\nstrategy pass\nrollout pass\nbudget refuse\n"},
        {DEPLOYMENT("8", ROLLING("\"50%\"", "\"25%\""), "kzgd:1.0.0"), "yes", BUDGET("\"app\":\"other\"", "0"),
         "kubectl pass\nrights pass\nimage warn\nstrategy refuse\nrollout refuse\nbudget warn\n"},
        {DEPLOYMENT("7", "\"type\":\"Recreate\"", "kzgd:1.1.0"), "yes", LIST(""),
         "kubectl pass\nrights pass\nimage refuse\nstrategy refuse\nrollout pass\nbudget warn\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct upgrade_call call = new_call();
        answer("deployment", cases[i].deployment);
        answer("may", cases[i].may);
        answer("budgets", cases[i].budgets);
        assert_int_equal(upgrade_driver_kubernetes.preflight(&call), UPGRADE_OK);
        assert_string_equal(checks, cases[i].expected);
    }
    struct upgrade_call call = new_call();
    answer("may", "error: no connection");
    assert_int_equal(upgrade_driver_kubernetes.preflight(&call), UPGRADE_FAILED);
    assert_string_equal(failure.code, "rights_unknown");
}

static void preflight__an_old_kubectl_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *versions, *expected;
    } cases[] = {{VERSIONS("20", "22"), "kubectl refuse\n"},
                 {VERSIONS("21", "22"), "kubectl pass\n"},
                 {VERSIONS("24", "22"), "kubectl warn\n"},
                 {VERSIONS("", "x"), "kubectl warn\n"},
                 {"{}", "kubectl warn\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct upgrade_call call = new_call();
        answer("version", cases[i].versions);
        assert_int_equal(upgrade_driver_kubernetes.preflight(&call), UPGRADE_OK);
        assert_memory_equal(checks, cases[i].expected, strlen(cases[i].expected));
    }
}

static void by_hand__is_what_a_person_types(void **state) {
    (void)state;
    char text[2048];
    struct upgrade_call call = new_call();
    upgrade_driver_kubernetes.by_hand(&call, text, sizeof text);
    assert_string_equal(text, "");
    snprintf(remembered, sizeof remembered, NOTES);
    upgrade_driver_kubernetes.by_hand(&call, text, sizeof text);
    assert_string_equal(text,
                        "kubectl --context=here --namespace=kzgd --request-timeout=30s set image deployment/kzgd "
                        "kzgd=r:5000/kzgd:1.0.0\n"
                        "kubectl --context=here --namespace=kzgd --request-timeout=30s rollout resume deployment/kzgd"
                        "   # if it is paused\n"
                        "kubectl --context=here --namespace=kzgd rollout status deployment/kzgd\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(describe__names_the_cluster_and_keeps_the_context, begin, end),
        cmocka_unit_test_setup_teardown(describe__an_upgrade_that_is_undone_has_the_context, begin, end),
        cmocka_unit_test_setup_teardown(describe__what_cannot_be_read_is_told, begin, end),
        cmocka_unit_test_setup_teardown(image__repository_is_kept_and_digest_wins, begin, end),
        cmocka_unit_test_setup_teardown(inspect__slots_are_pods_in_order, begin, end),
        cmocka_unit_test_setup_teardown(inspect__states_of_a_pod, begin, end),
        cmocka_unit_test_setup_teardown(preflight__each_check_has_its_verdict, begin, end),
        cmocka_unit_test_setup_teardown(preflight__an_old_kubectl_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(by_hand__is_what_a_person_types, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
