/* evaluation.c - see evaluation.h. */
#include "cli/evaluation.h"

#include "cli/amend.h"
#include "cli/builtin.h"
#include "cli/folder.h"
#include "cli/load.h"
#include "cli/recording.h"
#include "cli/yaml.h"
#include "engine/names.h"
#include "reports/page_file.h"
#include "reports/summary.h"

#include <errno.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct candidate_world {
    const struct study *study;
    const char *folder;
    struct bundle *bundles; /* one per scenario */
};

/* The parameters below `prefix`, without it. */
static size_t amendments_of(const struct study *study, const char *const *texts, const char *prefix,
                            struct amendment *out)
{
    size_t count = 0, length = strlen(prefix);

    for (size_t p = 0; texts && p < study->parameter_count; p++) {
        if (strncmp(study->parameters[p].path, prefix, length) == 0)
            out[count++] = (struct amendment){study->parameters[p].path + length, texts[p], study->parameters[p].line};
    }
    return count;
}

bool candidate_policy(const struct study *study, const char *name, const char *const *texts, FILE *out,
                      struct error_list *errors)
{
    struct amendment amendments[STUDY_PARAMETERS_MAX];
    size_t count = amendments_of(study, texts, "policy.", amendments);
    char *base = path_beside(study->file, study->policy_path);
    bool good = amend_policy(out, name, base, amendments, count, study->file, errors);

    free(base);
    return good;
}

static bool write_policy(const struct study *study, size_t index, const char *const *texts, const char *path,
                         struct error_list *errors)
{
    char name[160];
    FILE *file = fopen(path, "w");
    bool good;

    snprintf(name, sizeof name, "%.100s-%zu", study->name, index);
    if (!file) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
        return false;
    }
    good = candidate_policy(study, name, texts, file, errors);
    if (fclose(file) != 0 && good) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
        good = false;
    }
    return good;
}

struct amending {
    const struct study *study;
    struct amendment amendments[STUDY_PARAMETERS_MAX];
    size_t count;
};

/* Whether the scenario's cluster stands in a file of its own. */
static bool names_a_cluster(const struct document *scenario)
{
    const struct node *root = scenario->root;

    for (size_t i = 0; root->kind == NODE_MAP && i < root->count; i++) {
        if (strcmp(root->keys[i], "cluster") == 0)
            return root->items[i]->kind == NODE_TEXT;
    }
    return false;
}

/* What is said of a cluster in a file of its own is set there. */
static struct document *amend(struct document *document, bool cluster, const void *context, struct error_list *errors)
{
    static const char OF_CLUSTER[] = "cluster.";
    const struct amending *amending = context;
    struct amendment amendments[STUDY_PARAMETERS_MAX];
    size_t count = 0, length = sizeof OF_CLUSTER - 1;
    bool apart = cluster || names_a_cluster(document);

    for (size_t i = 0; i < amending->count; i++) {
        struct amendment item = amending->amendments[i];
        bool of_cluster = strncmp(item.path, OF_CLUSTER, length) == 0;
        if (apart && of_cluster != cluster)
            continue;
        item.path += cluster ? length : 0;
        amendments[count++] = item;
    }
    if (count == 0)
        return document;
    struct document *made = amend_document(document, amendments, count, amending->study->file, errors);
    document_destroy(document);
    return made;
}

struct candidate_world *candidate_world_create(const struct study *study, size_t index, const char *const *texts,
                                               const char *folder, struct error_list *errors)
{
    struct candidate_world *world = calloc(1, sizeof *world);
    struct amending amending = {.study = study};
    char name[64], policy[FOLDER_PATH];
    struct bundle_options options = {.policy = policy, .amend_context = &amending};
    bool good = world != NULL;

    if (good) {
        *world = (struct candidate_world){study, folder, calloc(study->scenario_count, sizeof(struct bundle))};
        good = world->bundles != NULL;
    }
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    amending.count = amendments_of(study, texts, "scenario.", amending.amendments);
    options.amend = amending.count > 0 ? amend : NULL;
    snprintf(name, sizeof name, "scratch/candidate-%zu.yaml", index);
    good = good && folder_join(policy, folder, name, errors) && write_policy(study, index, texts, policy, errors);
    for (size_t i = 0; good && i < study->scenario_count; i++) {
        char *path = path_beside(study->file, study->scenarios[i]);
        good = path && bundle_scenario(&world->bundles[i], path, &options, errors);
        free(path);
    }
    if (good) {
        unlink(policy);
        return world;
    }
    candidate_world_destroy(world);
    return NULL;
}

void candidate_world_destroy(struct candidate_world *world)
{
    if (!world)
        return;
    for (size_t i = 0; world->bundles && i < world->study->scenario_count; i++)
        bundle_clear(&world->bundles[i]);
    free(world->bundles);
    free(world);
}

static bool needs_operators(const struct study *study)
{
    for (size_t g = 0; g < study->goal_count; g++) {
        if (study->goals[g].metric.operators)
            return true;
    }
    return false;
}

static bool run_arm(const struct bundle *bundle, const char *folder, enum healer healer, struct error_list *errors)
{
    return record_arm(bundle, folder,
                      &(struct arm){.mode = "simulate",
                                    .source = bundle->scenario->file,
                                    .healer = healer,
                                    .quiet = true,
                                    .scratch = true,
                                    .threads = 1},
                      errors);
}

/* One scenario on one round's seed; its summary as JSON. NULL with messages. */
static cJSON *run_scenario(const struct candidate_world *world, size_t index, uint32_t round, const char *scratch,
                           struct error_list *errors)
{
    struct scenario scenario = *world->bundles[index].scenario; /* shares the arena */
    struct bundle bundle = world->bundles[index];
    struct summary *summary = NULL;
    char *json = NULL;

    scenario.seed += round;
    scenario.replications = world->study->replications;
    bundle.scenario = &scenario;
    if (folder_prepare(scratch, &FOLDER_RUN, errors) && run_arm(&bundle, scratch, HEALER_ENGINE, errors) &&
        (!needs_operators(world->study) || !scenario.operators.present ||
         run_arm(&bundle, scratch, HEALER_OPERATORS, errors)))
        summary = summary_read_points(scratch, errors);
    json = summary ? summary_json(summary) : NULL;
    summary_destroy(summary);
    cJSON *made = json ? cJSON_Parse(json) : NULL;
    free(json);
    if (!made && errors->count == 0)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return made;
}

bool candidate_world_run(const struct candidate_world *world, uint32_t round, uint32_t worker, double *values,
                         struct error_list *errors)
{
    const struct study *study = world->study;
    double counts[STUDY_METRICS_MAX] = {0};
    char name[64], scratch[FOLDER_PATH];

    snprintf(name, sizeof name, "scratch/worker-%u", worker);
    if (!folder_join(scratch, world->folder, name, errors))
        return false;
    for (size_t g = 0; g < study->goal_count; g++)
        values[g] = 0;
    for (size_t i = 0; i < study->scenario_count; i++) {
        cJSON *summary = run_scenario(world, i, round, scratch, errors);
        if (!summary)
            return false;
        for (size_t g = 0; g < study->goal_count; g++) {
            double value = metric_of(summary, &study->goals[g].metric).value;
            if (isfinite(value)) {
                values[g] += value;
                counts[g] += 1;
            }
        }
        cJSON_Delete(summary);
    }
    for (size_t g = 0; g < study->goal_count; g++)
        values[g] = counts[g] > 0 ? values[g] / counts[g] : NAN;
    return true;
}

/* --- what a study depends on ------------------------------------------------------ */

static bool add_file(EVP_MD_CTX *hash, const char *path)
{
    size_t length = 0;
    char *text = path ? page_file_read(path, &length) : NULL;
    bool good = EVP_DigestUpdate(hash, path ? path : "", path ? strlen(path) + 1 : 1) &&
                (!text || EVP_DigestUpdate(hash, text, length));

    free(text);
    return good;
}

/* The file, and those that it names: a policy's base, a scenario's trace, cluster, ... */
static bool add_with_named(EVP_MD_CTX *hash, const char *path, int depth)
{
    static const char *const FIELDS[] = {"base",     "cluster", "faults_catalogue", "trace",
                                         "topology", "labels",  "suspects"};
    struct error_list unheard = {0}; /* reading it for use will tell */
    bool good = add_file(hash, path);
    struct document *document = good && path && depth > 0 ? yaml_read(path, &unheard) : NULL;
    const struct node *root = document ? document->root : NULL;

    for (size_t i = 0; good && root && root->kind == NODE_MAP && i < root->count; i++) {
        size_t index;
        const struct node *value = root->items[i];
        if (!name_find(FIELDS, sizeof FIELDS / sizeof *FIELDS, root->keys[i], &index))
            continue;
        for (size_t k = 0; k < (value->kind == NODE_MAP ? value->count : 1); k++) {
            const struct node *named = value->kind == NODE_MAP ? value->items[k] : value;
            char *beside = named->kind == NODE_TEXT ? path_beside(path, named->text) : NULL;
            good = good && (!beside || strcmp(named->text, "default") == 0 ||
                            add_with_named(hash, beside, index == 0 ? depth - 1 : 0));
            free(beside);
        }
    }
    document_destroy(document);
    error_list_clear(&unheard);
    return good;
}

bool candidate_fingerprint(const struct study *study, char text[65], struct error_list *errors)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char *policy = path_beside(study->file, study->policy_path);
    bool good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) && add_file(hash, study->file) &&
                EVP_DigestUpdate(hash, BUILTIN_POLICY.text, BUILTIN_POLICY.length) && add_with_named(hash, policy, 10);

    for (size_t i = 0; good && i < study->scenario_count; i++) {
        char *path = path_beside(study->file, study->scenarios[i]);
        good = path && add_with_named(hash, path, 1);
        free(path);
    }
    good = good && EVP_DigestFinal_ex(hash, bytes, &size) && size == 32;
    for (unsigned i = 0; good && i < 32; i++)
        snprintf(text + 2 * (size_t)i, 3, "%02x", bytes[i]);
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "SHA-256 failed");
    free(policy);
    EVP_MD_CTX_free(hash);
    return good;
}
