/* page.h - one text, two forms: the report as HTML and as Markdown.
 *
 * What a report says is written once, against these calls; they know how a
 * heading, a table, a picture look in either form. Everything that is passed as
 * text is escaped here. A page is a stream: what was written stays written, and
 * errors are the stream's.
 */
#ifndef SELFHEAL_REPORTS_PAGE_H
#define SELFHEAL_REPORTS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum page_form { PAGE_HTML, PAGE_MARKDOWN };

enum { PAGE_COLUMNS_MAX = 16 };

struct page {
    FILE *out;
    enum page_form form;
    const struct page_column *columns; /* of the open table */
    size_t column_count;
    const char *link; /* where the first cell of the next row leads; NULL: nowhere */
};

struct page_column {
    const char *title;
    bool number; /* set to the right */
};

/* What a thing is, shown by colour and, for those who see none, by words beside it. */
enum page_tone { TONE_PLAIN, TONE_FAULT, TONE_ISSUE, TONE_REMEDY, TONE_GOOD, TONE_BAD };

struct page_card {
    const char *label; /* "MTTR" */
    const char *value; /* "1 min 32 s" */
    const char *note;  /* one line below */
    enum page_tone tone;
};

/* One mark of a picture: what colour stands for what. */
struct page_legend {
    const char *colour; /* CSS */
    const char *text;
};

void page_begin(struct page *page, const char *title, const char *lead); /* heading 1 and a line below it */
void page_end(struct page *page);

void page_section(struct page *page, const char *anchor, const char *title); /* heading 2; `anchor` [a-z-] */
void page_section_end(struct page *page);
void page_heading(struct page *page, const char *title); /* heading 3 */
void page_text(struct page *page, const char *text);
void page_note(struct page *page, const char *text);    /* a paragraph that stands back */
void page_warning(struct page *page, const char *text); /* one that stands out */
void page_term(struct page *page, const char *term, const char *meaning);
void page_terms_begin(struct page *page);
void page_terms_end(struct page *page);

void page_cards(struct page *page, const struct page_card *cards, size_t count);

/* `columns` is borrowed until the end of the table; count <= PAGE_COLUMNS_MAX. */
void page_table_begin(struct page *page, const char *caption, const struct page_column *columns, size_t count);
/* One cell per column. `tone` marks the first cell. */
void page_row(struct page *page, const char *const *cells, enum page_tone tone);
void page_table_end(struct page *page);

/* A picture that is drawn: `svg` for HTML, plots/`name`.svg for Markdown. */
void page_picture(struct page *page, const char *svg, const char *name, const char *caption,
                  const struct page_legend *legend, size_t legend_count);

#endif
