/* chapter_tell.h - decisions as people hear of them while they are taken. */
#ifndef SELFHEAL_LIVE_CHAPTER_TELL_H
#define SELFHEAL_LIVE_CHAPTER_TELL_H

#include "live/chapter.h"

/* One line on stdout, which the caller flushes; nothing for anomalies and health scores. */
void tell_line(const struct live_setup *setup, const struct inventory *inventory, const struct decision *decision,
               const struct event_rows *rows);

/* An issue that opens or closes, to Alertmanager, where one is configured. */
void tell_alert(struct alertmanager *alertmanager, const struct decision *decision, const struct event_rows *rows);

#endif
