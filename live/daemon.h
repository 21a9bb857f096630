/* daemon.h - the live process: one thread owns the engine, all others talk to it.
 *
 *   feeds (Prometheus)  --samples-->  board --+
 *   workers (actions)   --answers-->  mailbox --> the loop --> chapter (engine, store, flight)
 *   API (HTTP)          --commands->  mailbox --+                |
 *                       <--copies---  status  <------------------+
 *
 * Every scan interval the loop asks the feeds, waits for them at most half an
 * interval, and gives the engine a frame of what there is. It ends on SIGTERM or
 * SIGINT, with what was decided committed.
 */
#ifndef SELFHEAL_LIVE_DAEMON_H
#define SELFHEAL_LIVE_DAEMON_H

#include "live/chapter.h"

/* Runs until told to stop. Call with one thread only: signals are blocked for all
 * that it starts. False with messages when it could not start. */
bool daemon_run(const struct live_setup *setup, struct error_list *errors);

#endif
