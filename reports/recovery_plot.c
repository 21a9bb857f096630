/* recovery_plot.c - how many faults are over after how long.
 *
 * The share of all faults with verified recovery, against the time since onset,
 * for this run and, where there is one, for the operators' arm. What never
 * recovers keeps a curve below 100 %. */
#include "reports/page_file.h"
#include "reports/page_style.h"
#include "reports/plot_parts.h"
#include "reports/plot_script.h"

#include <gsl/gsl_sort.h>
#include <stdlib.h>

enum { FEW = 3 }; /* recoveries under which a curve says nothing */

struct curve {
    double *seconds; /* ascending */
    size_t count;
    size_t faults;
};

static bool gather_curve(struct curve *curve, const struct run_data *data)
{
    curve->seconds = malloc((data->fault_count + 1) * sizeof *curve->seconds);
    if (!curve->seconds)
        return false;
    for (size_t i = 0; i < data->fault_count; i++) {
        const struct match_fault *fault = &data->faults[i];

        if (!fault->counted)
            continue;
        curve->faults++;
        if (fault->recovered != HEAL_TIME_NEVER)
            curve->seconds[curve->count++] = heal_duration_seconds(fault->recovered - fault->onset);
    }
    gsl_sort(curve->seconds, 1, curve->count);
    return true;
}

/* One row per recovery, at most about 1,000, and one to carry the curve to the end. */
static void write_curve(FILE *csv, int arm, const struct curve *curve, double longest)
{
    size_t step = curve->count / 1000 + 1;
    double share = 0;

    if (curve->faults == 0)
        return;
    fprintf(csv, "%d,0,0\n", arm);
    for (size_t i = 0; i < curve->count; i += step) {
        share = 100 * (double)(i + 1) / (double)curve->faults;
        fprintf(csv, "%d,%.9g,%.6g\n", arm, curve->seconds[i], share);
    }
    if (curve->count > 0)
        share = 100 * (double)curve->count / (double)curve->faults;
    fprintf(csv, "%d,%.9g,%.6g\n\n\n", arm, longest, share);
}

static bool write_csv(const struct plot_source *source, const char *name, const struct curve curves[2], double longest,
                      struct error_list *errors)
{
    struct page_file file;
    char csv[40];

    snprintf(csv, sizeof csv, "%s.csv", name);
    if (!page_file_open(&file, source->folder, csv, errors))
        return false;
    fputs("# arm (0 this run, 1 operators alone),seconds_since_onset,percent_recovered\n", file.stream);
    for (int arm = 0; arm < 2; arm++)
        write_curve(file.stream, arm, &curves[arm], longest);
    return page_file_commit(&file, errors);
}

static bool write_script(const struct plot_source *source, const char *name, double longest, struct error_list *errors)
{
    double unit = longest > 2 * 3600 ? 3600 : longest > 120 ? 60 : 1;
    const char *unit_name = unit > 60 ? "hours" : unit > 1 ? "minutes" : "seconds";
    struct page_file file;
    char gp[40];

    snprintf(gp, sizeof gp, "%s.gp", name);
    if (!page_file_open(&file, source->folder, gp, errors))
        return false;
    plot_script_begin(file.stream, name, 320);
    fprintf(file.stream,
            "set xrange [0:%.9g]\nset yrange [0:104]\nset ytics 25\nset format y '%%g %%%%'\n"
            "set xlabel '%s since the onset of the fault' textcolor rgb '#566173'\n"
            "plot '%s.csv' using ($1==1 ? $2/%g : NaN):3 with steps lw 2.5 lc rgb '%s', \\\n"
            "  '%s.csv' using ($1==0 ? $2/%g : NaN):3 with steps lw 2.5 lc rgb '%s'\n",
            longest / unit, unit_name, name, unit, COLOUR_OTHER, name, unit, COLOUR_REMEDY);
    return page_file_commit(&file, errors);
}

bool recovery_plot_write(const struct plot_source *source, const char *name, bool *empty, struct error_list *errors)
{
    struct curve curves[2] = {0};
    bool done =
        gather_curve(&curves[0], source->data) && (!source->baseline || gather_curve(&curves[1], source->baseline));
    double longest = 0;

    for (int arm = 0; done && arm < 2; arm++)
        if (curves[arm].count > 0 && curves[arm].seconds[curves[arm].count - 1] > longest)
            longest = curves[arm].seconds[curves[arm].count - 1];
    *empty = !source->data->heals || curves[0].count + curves[1].count < FEW || !(longest > 0);
    if (!done)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    else if (!*empty)
        done = write_csv(source, name, curves, longest * 1.02, errors) &&
               write_script(source, name, longest * 1.02, errors);
    free(curves[0].seconds);
    free(curves[1].seconds);
    return done;
}
