/* inline_svg.h - gnuplot's SVG made fit to stand inside a page.
 *
 * Takes off what belongs to a file of its own (prolog), what would clash or show
 * as a stray tooltip when several stand in one page (ids, titles, marker
 * definitions), and gives the picture a role and a label for those who cannot
 * see it.
 */
#ifndef SELFHEAL_REPORTS_INLINE_SVG_H
#define SELFHEAL_REPORTS_INLINE_SVG_H

/* The <svg> element of `svg` with `label` as its aria-label; the caller frees.
 * NULL when there is no whole <svg> element, or memory is out. */
char *inline_svg(const char *svg, const char *label);

#endif
