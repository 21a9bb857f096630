/* postgres_settings.c - the section `postgres:` of a live configuration. */
#include "live/postgres.h"

#include "engine/names.h"

#include <libpq-fe.h>
#include <string.h>

/* What tune_database may touch: how queries are planned and what memory they get.
 * Nothing that decides over durability, access or the server as a whole. */
static const char *const ALLOWED[] = {
    "work_mem",
    "hash_mem_multiplier",
    "maintenance_work_mem",
    "temp_buffers",
    "effective_cache_size",
    "effective_io_concurrency",
    "random_page_cost",
    "seq_page_cost",
    "cpu_tuple_cost",
    "cpu_index_tuple_cost",
    "cpu_operator_cost",
    "parallel_setup_cost",
    "parallel_tuple_cost",
    "max_parallel_workers_per_gather",
    "min_parallel_table_scan_size",
    "min_parallel_index_scan_size",
    "default_statistics_target",
    "from_collapse_limit",
    "join_collapse_limit",
    "cursor_tuple_fraction",
    "plan_cache_mode",
    "jit",
    "jit_above_cost",
    "enable_bitmapscan",
    "enable_hashagg",
    "enable_hashjoin",
    "enable_incremental_sort",
    "enable_indexonlyscan",
    "enable_indexscan",
    "enable_material",
    "enable_memoize",
    "enable_mergejoin",
    "enable_nestloop",
    "enable_parallel_append",
    "enable_parallel_hash",
    "enable_partition_pruning",
    "enable_partitionwise_aggregate",
    "enable_partitionwise_join",
    "enable_seqscan",
    "enable_sort",
    "enable_tidscan",
};

/* libpq's own words for what is wrong, and no password in the file that people show around. */
static void check_conninfo(struct reader *reader, const char *conninfo)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &message);

    if (!options)
        reader_error(reader, "conninfo", "expected libpq's keyword=value words or a postgresql:// address (%.*s)",
                     message ? (int)strcspn(message, "\n\"") : 0, message ? message : "");
    for (const PQconninfoOption *option = options; option && option->keyword; option++) {
        bool secret = strcmp(option->keyword, "password") == 0 || strcmp(option->keyword, "sslpassword") == 0;
        if (secret && option->val)
            reader_error(reader, "conninfo", "expected no %s: it belongs into password_file or .pgpass",
                         option->keyword);
    }
    PQfreemem(message);
    PQconninfoFree(options);
}

static void read_address(struct reader *reader, struct arena *arena, struct postgres_address *address)
{
    reader_require(reader, "conninfo");
    if (reader_text_into(reader, "conninfo", arena, &address->conninfo))
        check_conninfo(reader, address->conninfo);
    reader_text_into(reader, "password_file", arena, &address->password_file);
}

static void read_tuning(struct reader *item, struct arena *arena, struct postgres_target *target)
{
    size_t count = 0;
    const struct node *const *settings = reader_list(item, "settings", &count);

    target->settings = reader_array(item, arena, count, sizeof *target->settings);
    for (size_t i = 0; target->settings && i < count; i++) {
        struct reader one = reader_item(item, "settings", settings, i);
        struct postgres_setting *setting = &target->settings[i];
        size_t which;
        reader_require(&one, "name");
        reader_require(&one, "value");
        if (reader_text_into(&one, "name", arena, &setting->name) &&
            !name_find(ALLOWED, sizeof ALLOWED / sizeof ALLOWED[0], setting->name, &which))
            reader_error(&one, "name",
                         "expected a setting of the planner or of query memory, such as work_mem, found \"%s\"",
                         setting->name);
        for (size_t before = 0; setting->name && before < i; before++) {
            if (target->settings[before].name && strcmp(target->settings[before].name, setting->name) == 0)
                reader_error(&one, "name", "%s is there twice", setting->name);
        }
        reader_text_into(&one, "value", arena, &setting->value);
        reader_close(&one);
    }
    target->setting_count = target->settings ? count : 0;
}

static void read_pool(struct reader *item, struct arena *arena, struct postgres_target *target)
{
    struct reader pool = reader_map(item, "pool");

    target->pool_most = 100;
    if (!pool.map)
        return;
    read_address(&pool, arena, &target->pool);
    reader_count(&pool, "most", 1, 100000, &target->pool_most);
    reader_close(&pool);
}

/* kind/namespace/name, of kind database. */
static bool is_database(const char *resource)
{
    static const char KIND[] = "database/";
    const char *name = strncmp(resource, KIND, sizeof KIND - 1) == 0 ? resource + sizeof KIND - 1 : NULL;
    const char *slash = name ? strchr(name, '/') : NULL;

    return slash && slash > name && slash[1] != '\0' && !strchr(slash + 1, '/') && !strpbrk(resource, ": \t\n") &&
           strlen(resource) <= 256;
}

static void read_target(struct reader *item, struct arena *arena, struct postgres_settings *out, size_t index)
{
    struct postgres_target *target = &out->targets[index];

    reader_require(item, "resource");
    if (reader_text_into(item, "resource", arena, &target->resource)) {
        if (!is_database(target->resource))
            reader_error(item, "resource", "expected database/NAMESPACE/NAME, found \"%s\"", target->resource);
        for (size_t i = 0; i < index; i++) {
            if (out->targets[i].resource && strcmp(out->targets[i].resource, target->resource) == 0)
                reader_error(item, "resource", "%s is there twice", target->resource);
        }
    }
    read_address(item, arena, &target->address);
    read_tuning(item, arena, target);
    read_pool(item, arena, target);
}

void postgres_settings_read(struct reader *root, struct arena *arena, struct postgres_settings *out)
{
    struct reader part = reader_map(root, "postgres");
    size_t count = 0;

    *out = (struct postgres_settings){
        .timeout = 5 * HEAL_SECOND, .validate = 30 * HEAL_SECOND, .selective = 0.1, .least_rows = 1000};
    if (!part.map)
        return;
    reader_duration(&part, "timeout", 100 * HEAL_MILLISECOND, 10 * HEAL_MINUTE, &out->timeout);
    reader_duration(&part, "validate", 0, HEAL_HOUR, &out->validate);
    reader_number(&part, "selective", 0.0001, 1.0, &out->selective);
    reader_number(&part, "least_rows", 0, 1e12, &out->least_rows);
    reader_require(&part, "databases");
    const struct node *const *items = reader_list(&part, "databases", &count);
    out->targets = reader_array(&part, arena, count, sizeof *out->targets);
    for (size_t i = 0; out->targets && i < count; i++) {
        struct reader item = reader_item(&part, "databases", items, i);
        if (item.map)
            read_target(&item, arena, out, i);
        reader_close(&item);
    }
    out->count = out->targets ? count : 0;
    reader_close(&part);
}
