/* report_reading.c - what every figure means, in the report itself. The same
 * definitions stand, with the code that keeps them, in summary.c. */
#include "reports/report_parts.h"

static const struct {
    const char *term, *meaning;
} TERMS[] = {
    {"Fault", "What was really wrong: injected by the simulator, or labelled in the recording. Suspects, which nobody "
              "is sure of, count neither way, nor do issues about them."},
    {"Issue", "What the engine says is wrong. It matches a fault when it opened between the fault's onset and its end "
              "plus a grace, is of the fault's type, and is about the fault's resource or one directly related to it. "
              "The first to match detects the fault; later ones are neither hits nor false."},
    {"MTTD", "Onset of a fault to the opening of the first issue that matches it."},
    {"MTTA", "Opening of an issue to the start of the first action about it, by the engine or an operator. A page is "
             "no action."},
    {"MTTR", "Onset of a fault to its verified recovery: the first time, once the fault was really over, at which the "
             "signal was seen to be good. Faults that never recovered are counted as unrecovered and are in no mean."},
    {"Recovery from detection", "Opening of the first matching issue to the same verified recovery. Both times are "
                                "called MTTR in the field; compare like with like."},
    {"Remediation time", "Start of the first action to the end of the last, rollbacks included, of remediations that "
                         "acted and ended; for operators, of repairs."},
    {"Success",
     "Remediations that ended with a verified signal, of those that acted and ended. First attempt: of "
     "first attempts alone. Fallback: of those that went beyond their first strategy. Rollback: of rollbacks "
     "that ended. The remedy of a false alarm succeeds too once the signal is good, whatever made it so: read it "
     "beside the false positives."},
    {"False positives", "Issues that match no fault, of all that can be judged; also per resource and day."},
    {"False negatives", "Faults that no issue matches, of all faults."},
    {"Availability", "One minus the time in which a fault was active on a resource, overlaps counted once, over all "
                     "resources and the whole run."},
    {"95 % interval",
     "Of a mean: percentile bootstrap, 2,000 resamples, the same at every writing (normal above 5,000 "
     "samples). Of a share: Wilson. Incidents of one run are not independent trials of the world; more "
     "replications say more."},
    {"p50, p95, p99", "Quantiles by linear interpolation between order statistics (type 7)."},
};

void report_reading(struct page *page, const struct report_content *content)
{
    char text[160];

    page_section(page, "reading", "How to read this");
    page_terms_begin(page);
    for (size_t i = 0; i < sizeof TERMS / sizeof *TERMS; i++)
        page_term(page, TERMS[i].term, TERMS[i].meaning);
    page_terms_end(page);
    if (content->summary->digest[0] != '\0') {
        snprintf(text, sizeof text, "Digest of all decisions: %s", content->summary->digest);
        page_note(page, text);
    }
    page_note(page, "Everything here was computed from run.db; selfheal report writes it anew, "
                    "selfheal audit verify checks its log.");
    page_section_end(page);
}
