#include "upgrade/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "upgrade/names.h"

#define FILE_NAME  "journal.json"
#define FILE_MAX   ((size_t)256 << 10)
#define PATH_BYTES (JOURNAL_FOLDER_MAX + UPGRADE_ID_MAX + 64)
#define DEPTH_MAX  8

/* ---- States -----------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *help;
    enum upgrade_kind kind;
    enum upgrade_state next, otherwise;
} states[STATES] = {
#define X(NAME, name, KIND, NEXT, OTHERWISE, help) {name, help, KIND_##KIND, STATE_##NEXT, STATE_##OTHERWISE},
    STATES_LIST(X)
#undef X
};

const char *state_name(enum upgrade_state state) {
    return states[state].name;
}

const char *state_help(enum upgrade_state state) {
    return states[state].help;
}

enum upgrade_kind state_kind(enum upgrade_state state) {
    return states[state].kind;
}

enum upgrade_state state_next(enum upgrade_state state) {
    return states[state].next;
}

enum upgrade_state state_otherwise(enum upgrade_state state) {
    return states[state].otherwise;
}

/* ---- Names ------------------------------------------------------------------------------------------------------
 */

void journal_new_id(char out[UPGRADE_ID_MAX]) {
    uint16_t random = 0;
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) random = (uint16_t)now.tv_nsec;
    size_t used = strftime(out, UPGRADE_ID_MAX, "u%Y%m%dt%H%M%S", &utc);
    snprintf(out + used, UPGRADE_ID_MAX - used, "-%03d%04x", (int)(now.tv_nsec / 1000000), random);
}

bool journal_folder(const char *folder, const char *id, char *out, size_t size) {
    int n = snprintf(out, size, "%s/%s", folder, id);
    return n > 0 && (size_t)n < size;
}

static bool failed(char *why, const char *path, const char *what) {
    snprintf(why, JOURNAL_WHY_MAX, "'%.300s': %s: %s", path, what, strerror(errno));
    return false;
}

/* ---- To JSON ------------------------------------------------------------------------------------------------------
 */

static void add_text(json_object *object, const char *key, const char *text) {
    json_object_object_add(object, key, json_object_new_string(text));
}

static void add_number(json_object *object, const char *key, int64_t number) {
    json_object_object_add(object, key, json_object_new_int64(number));
}

static json_object *settings_json(struct upgrade_settings settings) {
    json_object *object = json_object_new_object();
    for (size_t i = 0; object != NULL && i < settings_count; i++) {
        double value;
        memcpy(&value, (const char *)&settings + settings_rows[i].offset, sizeof value);
        json_object_object_add(object, settings_rows[i].name, json_object_new_double(value));
    }
    return object;
}

static json_object *to_json(const struct journal *journal) {
    json_object *object = json_object_new_object();
    if (object == NULL) return NULL;
    add_number(object, "format", JOURNAL_FORMAT);
    add_text(object, "id", journal->id);
    add_text(object, "driver", journal->driver);
    add_text(object, "from_version", journal->from_version);
    add_text(object, "to_version", journal->to_version);
    add_text(object, "state", state_name(journal->state));
    add_number(object, "slots", (int64_t)journal->slots);
    add_number(object, "first", (int64_t)journal->first);
    add_number(object, "count", (int64_t)journal->count);
    json_object_object_add(object, "undoes", json_object_new_boolean(journal->undoes));
    add_number(object, "began", journal->began_s);
    add_number(object, "changed", journal->changed_s);
    json_object_object_add(object, "settings", settings_json(journal->settings));
    add_text(object, "values", journal->values);
    add_text(object, "remembered", journal->remembered);
    add_text(object, "undone", journal->undone);
    add_text(object, "failure_code", journal->failure.code);
    add_text(object, "failure", journal->failure.message);
    add_text(object, "failure_output", journal->failure.output);
    add_text(object, "failure_remedy", journal->failure.remedy);
    add_text(object, "why_stuck", journal->why_stuck);
    return object;
}

/* ---- Out ----------------------------------------------------------------------------------------------------------
 */

static bool make_folder(const char *path, char *why) {
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return true;
    return failed(why, path, "cannot be made");
}

static bool sync_folder(const char *path, char *why) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (!good) (void)failed(why, path, "cannot be synced");
    if (fd >= 0) close(fd);
    return good;
}

static bool write_synced(const char *path, const char *text, size_t length, char *why) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0;
    while (good && length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EINTR) continue;
        good = n > 0;
        text += good ? n : 0;
        length -= good ? (size_t)n : 0;
    }
    good = good && fsync(fd) == 0;
    if (!good) (void)failed(why, path, "cannot be written");
    if (fd >= 0 && close(fd) != 0 && good) good = failed(why, path, "cannot be written");
    return good;
}

bool journal_save(struct journal *journal, const char *folder, char *why) {
    char own[PATH_BYTES], path[PATH_BYTES + 16], beside[PATH_BYTES + 20];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    journal->changed_s = now.tv_sec;
    if (!journal_folder(folder, journal->id, own, sizeof own)) {
        errno = ENAMETOOLONG;
        return failed(why, folder, "cannot be used");
    }
    if (!make_folder(own, why) || !sync_folder(folder, why)) return false;
    snprintf(path, sizeof path, "%s/" FILE_NAME, own);
    snprintf(beside, sizeof beside, "%s.new", path);
    json_object *object = to_json(journal);
    size_t length = 0;
    const char *text = object == NULL
                           ? NULL
                           : json_object_to_json_string_length(
                                 object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    bool good = text != NULL;
    if (!good) {
        errno = ENOMEM;
        (void)failed(why, path, "cannot be written");
    }
    good = good && write_synced(beside, text, length, why);
    json_object_put(object);
    if (good && rename(beside, path) != 0) good = failed(why, path, "cannot be put in place");
    return good && sync_folder(own, why);
}

/* ---- In -----------------------------------------------------------------------------------------------------------
 */

static bool wrong(char *why, const char *what) {
    snprintf(why, JOURNAL_WHY_MAX, "the journal's '%.60s' is missing or not what kzg writes", what);
    return false;
}

static bool take_text(json_object *object, const char *key, char *out, size_t size, char *why) {
    json_object *member;
    if (!json_object_object_get_ex(object, key, &member) || !json_object_is_type(member, json_type_string))
        return wrong(why, key);
    size_t length = (size_t)json_object_get_string_len(member);
    const char *text = json_object_get_string(member);
    if (length >= size || strlen(text) != length) return wrong(why, key);
    memcpy(out, text, length + 1);
    return true;
}

static bool take_number(json_object *object, const char *key, int64_t low, int64_t high, int64_t *ret, char *why) {
    json_object *member;
    if (!json_object_object_get_ex(object, key, &member) || !json_object_is_type(member, json_type_int))
        return wrong(why, key);
    *ret = json_object_get_int64(member);
    return (*ret >= low && *ret <= high) || wrong(why, key);
}

static bool take_settings(json_object *object, struct upgrade_settings *settings, char *why) {
    json_object *members;
    if (!json_object_object_get_ex(object, "settings", &members) || !json_object_is_type(members, json_type_object))
        return wrong(why, "settings");
    settings_init(settings); /* one that an older kzg did not know has its default */
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting_row *row = &settings_rows[i];
        json_object *member;
        if (!json_object_object_get_ex(members, row->name, &member)) continue;
        double value = json_object_get_double(member);
        if (!(value >= row->min && value <= row->max)) return wrong(why, row->name);
        memcpy((char *)settings + row->offset, &value, sizeof value);
    }
    return true;
}

static bool take_state(json_object *object, enum upgrade_state *ret, char *why) {
    char name[32];
    if (!take_text(object, "state", name, sizeof name, why)) return false;
    for (int i = 0; i < STATES; i++)
        if (strcmp(states[i].name, name) == 0) {
            *ret = (enum upgrade_state)i;
            return true;
        }
    return wrong(why, "state");
}

static bool take_texts(json_object *object, struct journal *ret, char *why) {
    return take_text(object, "id", ret->id, sizeof ret->id, why) &&
           take_text(object, "driver", ret->driver, sizeof ret->driver, why) &&
           take_text(object, "from_version", ret->from_version, sizeof ret->from_version, why) &&
           take_text(object, "to_version", ret->to_version, sizeof ret->to_version, why) &&
           take_text(object, "values", ret->values, sizeof ret->values, why) &&
           take_text(object, "remembered", ret->remembered, sizeof ret->remembered, why) &&
           take_text(object, "undone", ret->undone, sizeof ret->undone, why) &&
           take_text(object, "failure_code", ret->failure.code, sizeof ret->failure.code, why) &&
           take_text(object, "failure", ret->failure.message, sizeof ret->failure.message, why) &&
           take_text(object, "failure_output", ret->failure.output, sizeof ret->failure.output, why) &&
           take_text(object, "failure_remedy", ret->failure.remedy, sizeof ret->failure.remedy, why) &&
           take_text(object, "why_stuck", ret->why_stuck, sizeof ret->why_stuck, why);
}

static bool from_json(json_object *object, struct journal *ret, char *why) {
    int64_t format, slots, first, count;
    if (!take_number(object, "format", 1, INT64_MAX, &format, why)) return false;
    if (format != JOURNAL_FORMAT) {
        snprintf(why, JOURNAL_WHY_MAX, "the journal has format %lld, this kzg knows %d: use the kzg that wrote it",
                 (long long)format, JOURNAL_FORMAT);
        return false;
    }
    bool good = take_texts(object, ret, why) && take_state(object, &ret->state, why) &&
                take_number(object, "slots", 0, UPGRADE_SLOTS_MAX, &slots, why) &&
                take_number(object, "first", 0, slots, &first, why) &&
                take_number(object, "count", 0, slots - first, &count, why) &&
                take_number(object, "began", 0, INT64_MAX, &ret->began_s, why) &&
                take_number(object, "changed", 0, INT64_MAX, &ret->changed_s, why) &&
                take_settings(object, &ret->settings, why);
    if (!good) return false;
    ret->slots = (size_t)slots;
    ret->first = (size_t)first;
    ret->count = (size_t)count;
    json_object *undoes;
    ret->undoes = json_object_object_get_ex(object, "undoes", &undoes) && json_object_get_boolean(undoes) != 0;
    if (!name_is_id(ret->id)) return wrong(why, "id");
    if (!name_is_version(ret->to_version)) return wrong(why, "to_version");
    if (ret->from_version[0] != '\0' && !name_is_version(ret->from_version)) return wrong(why, "from_version");
    return true;
}

/* The file's text, to be freed; NULL and errno. */
static char *read_file(const char *path, size_t *ret_length) {
    char *text = NULL;
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &facts) == 0) {
        errno = EFBIG;
        if (facts.st_size >= 0 && (size_t)facts.st_size < FILE_MAX) text = calloc(1, FILE_MAX);
    }
    ssize_t n = text == NULL ? -1 : read(fd, text, FILE_MAX - 1);
    if (n < 0) {
        free(text);
        text = NULL;
    }
    if (fd >= 0) close(fd);
    *ret_length = n < 0 ? 0 : (size_t)n;
    return text;
}

bool journal_load(struct journal *ret, const char *folder, const char *id, char *why) {
    char own[PATH_BYTES], path[PATH_BYTES + 16];
    size_t length;
    *ret = (struct journal){0};
    errno = EINVAL;
    if (!name_is_id(id) || !journal_folder(folder, id, own, sizeof own)) return failed(why, id, "is no upgrade's id");
    snprintf(path, sizeof path, "%s/" FILE_NAME, own);
    char *text = read_file(path, &length);
    if (text == NULL) return failed(why, path, "cannot be read");
    json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    json_object *object = tokener == NULL ? NULL : json_tokener_parse_ex(tokener, text, (int)length + 1);
    bool good = object != NULL && json_object_is_type(object, json_type_object);
    if (good)
        good = from_json(object, ret, why) && (strcmp(ret->id, id) == 0 || wrong(why, "id"));
    else
        snprintf(why, JOURNAL_WHY_MAX, "'%.300s' is no journal: it is not JSON", path);
    json_object_put(object);
    if (tokener != NULL) json_tokener_free(tokener);
    free(text);
    return good;
}

static int newest_first(const void *a, const void *b) {
    return strcmp(b, a);
}

bool journal_list(const char *folder, char (**ret_ids)[UPGRADE_ID_MAX], size_t *ret_count, char *why) {
    *ret_count = 0;
    *ret_ids = NULL;
    DIR *directory = opendir(folder);
    if (directory == NULL) return errno == ENOENT || failed(why, folder, "cannot be read");
    size_t capacity = 0;
    bool good = true;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        char path[PATH_BYTES + 16];
        if (!name_is_id(entry->d_name)) continue;
        snprintf(path, sizeof path, "%.*s/%.*s/" FILE_NAME, JOURNAL_FOLDER_MAX, folder, UPGRADE_ID_MAX,
                 entry->d_name);
        if (access(path, F_OK) != 0) continue;
        if (*ret_count == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            char(*grown)[UPGRADE_ID_MAX] = realloc(*ret_ids, capacity * sizeof **ret_ids);
            good = grown != NULL || failed(why, folder, "cannot be listed");
            if (!good) break;
            *ret_ids = grown;
        }
        snprintf((*ret_ids)[(*ret_count)++], UPGRADE_ID_MAX, "%.*s", UPGRADE_ID_MAX - 1, entry->d_name);
    }
    closedir(directory);
    if (*ret_count > 0) qsort(*ret_ids, *ret_count, sizeof **ret_ids, newest_first);
    if (*ret_count > JOURNAL_HISTORY_MAX) *ret_count = JOURNAL_HISTORY_MAX;
    return good;
}
