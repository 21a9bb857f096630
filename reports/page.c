/* page.c - see page.h. */
#include "reports/page.h"

#include "reports/markup.h"
#include "reports/page_style.h"

#include <assert.h>

static const char *const TONES[] = {
    [TONE_PLAIN] = "plain",   [TONE_FAULT] = "fault", [TONE_ISSUE] = "issue",
    [TONE_REMEDY] = "remedy", [TONE_GOOD] = "good",   [TONE_BAD] = "bad",
};

static bool is_html(const struct page *page)
{
    return page->form == PAGE_HTML;
}

static void put_text(struct page *page, const char *text)
{
    if (is_html(page))
        markup_html(page->out, text);
    else
        markup_markdown(page->out, text);
}

/* `before`, the text, `after`: in HTML the first pair, in Markdown the second. */
static void put_between(struct page *page, const char *const html[2], const char *const markdown[2], const char *text)
{
    const char *const *marks = is_html(page) ? html : markdown;

    fputs(marks[0], page->out);
    put_text(page, text);
    fputs(marks[1], page->out);
}

void page_begin(struct page *page, const char *title, const char *lead)
{
    if (is_html(page)) {
        fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"color-scheme\" content=\"light\">\n<link rel=\"icon\" href=\"data:,\">\n<title>",
              page->out);
        put_text(page, title);
        fputs("</title>\n<style>\n", page->out);
        page_style_write(page->out);
        fputs("</style>\n</head>\n<body>\n<header>\n", page->out);
    }
    put_between(page, (const char *const[]){"<h1>", "</h1>\n"}, (const char *const[]){"# ", "\n\n"}, title);
    put_between(page, (const char *const[]){"<p class=\"lead\">", "</p>\n</header>\n<main>\n"},
                (const char *const[]){"", "\n\n"}, lead);
}

void page_end(struct page *page)
{
    if (is_html(page))
        fputs("</main>\n</body>\n</html>\n", page->out);
}

void page_section(struct page *page, const char *anchor, const char *title)
{
    if (is_html(page))
        fprintf(page->out, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">", anchor, anchor,
                anchor);
    else
        fputs("## ", page->out);
    put_text(page, title);
    fputs(is_html(page) ? "</h2>\n" : "\n\n", page->out);
}

void page_section_end(struct page *page)
{
    if (is_html(page))
        fputs("</section>\n", page->out);
}

void page_heading(struct page *page, const char *title)
{
    put_between(page, (const char *const[]){"<h3>", "</h3>\n"}, (const char *const[]){"### ", "\n\n"}, title);
}

void page_text(struct page *page, const char *text)
{
    put_between(page, (const char *const[]){"<p>", "</p>\n"}, (const char *const[]){"", "\n\n"}, text);
}

void page_note(struct page *page, const char *text)
{
    put_between(page, (const char *const[]){"<p class=\"note\">", "</p>\n"}, (const char *const[]){"", "\n\n"}, text);
}

void page_warning(struct page *page, const char *text)
{
    put_between(page, (const char *const[]){"<p class=\"warning\" role=\"note\">", "</p>\n"},
                (const char *const[]){"**", "**\n\n"}, text);
}

void page_terms_begin(struct page *page)
{
    if (is_html(page))
        fputs("<dl>\n", page->out);
}

void page_term(struct page *page, const char *term, const char *meaning)
{
    put_between(page, (const char *const[]){"<div><dt>", "</dt>"}, (const char *const[]){"- **", "**: "}, term);
    put_between(page, (const char *const[]){"<dd>", "</dd></div>\n"}, (const char *const[]){"", "\n"}, meaning);
}

void page_terms_end(struct page *page)
{
    fputs(is_html(page) ? "</dl>\n" : "\n", page->out);
}

void page_cards(struct page *page, const struct page_card *cards, size_t count)
{
    if (is_html(page))
        fputs("<ul class=\"cards\">\n", page->out);
    for (size_t i = 0; i < count; i++) {
        if (is_html(page))
            fprintf(page->out, "<li class=\"card %s\">", TONES[cards[i].tone]);
        put_between(page, (const char *const[]){"<span class=\"label\">", "</span>"},
                    (const char *const[]){"- **", ":** "}, cards[i].label);
        put_between(page, (const char *const[]){"<span class=\"value\">", "</span>"}, (const char *const[]){"", ""},
                    cards[i].value);
        put_between(page, (const char *const[]){"<span class=\"sub\">", "</span></li>\n"},
                    (const char *const[]){cards[i].note[0] ? " \u2014 " : "", "\n"}, cards[i].note);
    }
    fputs(is_html(page) ? "</ul>\n" : "\n", page->out);
}

void page_table_begin(struct page *page, const char *caption, const struct page_column *columns, size_t count)
{
    assert(count <= PAGE_COLUMNS_MAX);
    page->columns = columns;
    page->column_count = count;
    if (is_html(page)) {
        fputs("<div class=\"table\"><table>\n<caption>", page->out);
        put_text(page, caption);
        fputs("</caption>\n<thead><tr>", page->out);
        for (size_t i = 0; i < count; i++) {
            fprintf(page->out, "<th scope=\"col\"%s>", columns[i].number ? " class=\"number\"" : "");
            put_text(page, columns[i].title);
            fputs("</th>", page->out);
        }
        fputs("</tr></thead>\n<tbody>\n", page->out);
        return;
    }
    fputc('|', page->out);
    for (size_t i = 0; i < count; i++) {
        fputc(' ', page->out);
        put_text(page, columns[i].title);
        fputs(" |", page->out);
    }
    fputs("\n|", page->out);
    for (size_t i = 0; i < count; i++)
        fputs(columns[i].number ? "---:|" : "---|", page->out);
    fputc('\n', page->out);
}

static void put_html_cell(struct page *page, size_t index, const char *text, enum page_tone tone)
{
    const char *tag = index == 0 ? "th" : "td";

    fprintf(page->out, "<%s%s%s data-label=\"", tag, index == 0 ? " scope=\"row\"" : "",
            page->columns[index].number ? " class=\"number\"" : "");
    put_text(page, page->columns[index].title);
    fputs("\">", page->out);
    if (index == 0 && tone != TONE_PLAIN)
        fprintf(page->out, "<span class=\"tag %s\">", TONES[tone]);
    if (index == 0 && page->link) {
        fputs("<a href=\"", page->out);
        put_text(page, page->link);
        fputs("\">", page->out);
    }
    put_text(page, text);
    if (index == 0 && page->link)
        fputs("</a>", page->out);
    fprintf(page->out, "%s</%s>", index == 0 && tone != TONE_PLAIN ? "</span>" : "", tag);
}

void page_row(struct page *page, const char *const *cells, enum page_tone tone)
{
    fputs(is_html(page) ? "<tr>" : "|", page->out);
    for (size_t i = 0; i < page->column_count; i++) {
        if (is_html(page)) {
            put_html_cell(page, i, cells[i], tone);
        } else {
            fputc(' ', page->out);
            put_text(page, cells[i]);
            fputs(" |", page->out);
        }
    }
    fputs(is_html(page) ? "</tr>\n" : "\n", page->out);
    page->link = NULL;
}

void page_table_end(struct page *page)
{
    fputs(is_html(page) ? "</tbody>\n</table></div>\n" : "\n", page->out);
    page->columns = NULL;
    page->column_count = 0;
}

void page_picture(struct page *page, const char *svg, const char *name, const char *caption,
                  const struct page_legend *legend, size_t legend_count)
{
    if (!is_html(page)) {
        fputs("![", page->out);
        put_text(page, caption);
        fprintf(page->out, "](plots/%s.svg)\n\n", name);
        return;
    }
    fputs("<figure>\n<figcaption>", page->out);
    put_text(page, caption);
    fputs(legend_count > 0 ? "</figcaption>\n<p class=\"legend\">" : "</figcaption>\n", page->out);
    for (size_t i = 0; i < legend_count; i++) {
        fprintf(page->out, "<span><i style=\"background:%s\"></i>", legend[i].colour);
        put_text(page, legend[i].text);
        fputs("</span> ", page->out);
    }
    fprintf(page->out, "%s<div class=\"plot\">%s</div>\n</figure>\n", legend_count > 0 ? "</p>\n" : "", svg);
}
