/* parting.h - where two runs first decide differently. For comparison.c. */
#ifndef SELFHEAL_REPORTS_PARTING_H
#define SELFHEAL_REPORTS_PARTING_H

#include "reports/comparison.h"

/* Walks the audit tables of both databases. Texts go into `arena`. False with a message. */
bool parting_find(const char *a_path, const char *b_path, struct arena *arena, struct parting *out,
                  struct error_list *errors);

#endif
